import type { How } from '../trace/index.ts';

/** One column of an interleaved extent, bytes on its device. */
export interface Strip {
  readonly device: number;
  /** se_offset. */
  readonly addr: bigint;
  /** se_len. */
  readonly length: bigint;
}

/** An interleaved extent: chunks dealt to strips in turn. */
export interface Layout {
  readonly index: number;
  /** First file byte. */
  readonly from: bigint;
  /** ie_nbytes: file bytes it covers. */
  readonly nbytes: bigint;
  /** Unit of rotation, bytes. */
  readonly chunkSize: bigint;
  /** As many as the row said; those not told yet are undefined. */
  readonly strips: readonly (Strip | undefined)[];
  readonly since: bigint;
  readonly how: How;
}

/** Not more strips than a famfs message may name: a row from outside cannot make us allocate more. */
export const MAX_STRIPS = 32;
/** Extents of one file; index 0xffff says that there is no layout any more. */
export const MAX_LAYOUTS = 32;
/** `type` of a layout row that says that the file has none. */
export const NO_LAYOUT = 0xffff;

/** The interleaved extents of one file, by index. */
export class Layouts {
  private readonly byIndex = new Map<number, { -readonly [K in keyof Layout]: Layout[K] } & { strips: (Strip | undefined)[] }>();
  version = 0;

  get size(): number {
    return this.byIndex.size;
  }

  set(index: number, from: bigint, nbytes: bigint, chunkSize: bigint, strips: number, since: bigint, how: How): void {
    if (index >= MAX_LAYOUTS || strips < 0 || strips > MAX_STRIPS) return;
    this.byIndex.set(index, { index, from, nbytes, chunkSize, strips: Array<Strip | undefined>(strips).fill(undefined), since, how });
    this.version++;
  }

  setStrip(index: number, strip: number, value: Strip): void {
    const layout = this.byIndex.get(index);
    if (!layout || strip >= layout.strips.length) return;
    layout.strips[strip] = value;
    this.version++;
  }

  empty(): void {
    this.byIndex.clear();
    this.version++;
  }

  list(): Layout[] {
    return [...this.byIndex.values()].sort((a, b) => a.index - b.index);
  }
}
