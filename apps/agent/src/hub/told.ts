import { FolioState, type Frame, Kind, SourceId } from '@mapscope/shared/trace';

/** How many rows of events there were, and how many of what the kernel was asked: FIEMAP and cachestat. */
export interface Told {
  readonly events: number;
  readonly refreshes: number;
  /** Rows by which pages became dirty or left the cache: while there are none, what is written back was dirty before. */
  readonly changed: number;
}
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const none: Told = { events: 0, refreshes: 0, changed: 0 };
const changing: ReadonlySet<number> = new Set([FolioState.dirty, FolioState.folioDirty, FolioState.removed, FolioState.unknown]);

/** Counts what was told of each file, by which way it is known. */
export class ToldCounts {
  readonly all: Mutable<Told> = { ...none };
  private readonly byInode = new Map<number, Mutable<Told>>();

  of(inode: number): Told {
    return this.byInode.get(inode) ?? none;
  }

  take({ count, kind, source, inode, type }: Frame): void {
    for (let i = 0; i < count; i++) {
      switch (source[i]) {
        case SourceId.tracefs:
          this.count(inode[i]!, 'events');
          if (kind[i] === Kind.folio && changing.has(type[i]!)) this.count(inode[i]!, 'changed');
          break;
        case SourceId.fiemap:
        case SourceId.pagecache:
          this.count(inode[i]!, 'refreshes');
          break;
        default:
      }
      if (kind[i] === Kind.inodeGone) this.byInode.delete(inode[i]!);
    }
  }

  private count(inode: number, what: keyof Told): void {
    this.all[what]++;
    if (inode === 0) return;
    let counts = this.byInode.get(inode);
    if (!counts) this.byInode.set(inode, (counts = { ...none }));
    counts[what]++;
  }
}
