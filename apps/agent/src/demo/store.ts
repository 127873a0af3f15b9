import type { Images } from './images.ts';
import type { Journal } from './journal.ts';
import type { Volume } from './volume.ts';

/** So many changes without an fsync are written down anyway: memory is bounded, and a crash loses little. */
const MANY_CHANGES = 16_384;
/** So many blocks given back are freed at last: the images of a temporary volume lie in memory. */
const MANY_HELD = 4096;

/** A volume with its images and, where it is kept, its journal. */
export class Store {
  readonly volume: Volume;
  readonly images: Images;
  /** Nanoseconds since 1970. */
  readonly now: () => bigint;
  readonly #journal: Journal | undefined;

  constructor(volume: Volume, images: Images, journal: Journal | undefined, now: () => bigint) {
    this.volume = volume;
    this.images = images;
    this.#journal = journal;
    this.now = now;
  }

  /** Whether anything outlives the process. */
  get isKept(): boolean {
    return this.#journal !== undefined;
  }

  /**
   * All that was done is durable when this answers 0. The order is what makes it true: bytes reach the devices before metadata says
   * that they are there, and blocks given back are used again only after metadata has stopped naming them.
   */
  commit(): number {
    if (this.#journal) {
      const failed = this.images.sync();
      if (failed < 0) return failed;
      if (this.volume.pendingChanges > 0) {
        const refused = this.#journal.append(this.volume.pending());
        if (refused < 0) return refused;
      }
    }
    for (const [device, space] of this.volume.spaces.entries())
      for (const { from, to } of space.heldRuns()) this.images.discard(device, from, to);
    this.volume.committed();
    this.#journal?.renewIfLong(() => this.volume.checkpoint());
    return 0;
  }

  /** After each request that changes something. A failure shows at the next fsync, which tries again. */
  commitIfMany(): void {
    if (this.volume.pendingChanges > MANY_CHANGES || this.volume.held > MANY_HELD) this.commit();
  }

  close(): number {
    const failed = this.commit();
    this.#journal?.close();
    this.images.close();
    return failed;
  }
}

/** Blocks that were given back count as free and become so by a commit: what is not found is looked for once more after one. */
export function withRetry<T>(store: Store, look: () => T | undefined): T | undefined {
  return look() ?? (store.volume.held > 0 && store.commit() === 0 ? look() : undefined);
}
