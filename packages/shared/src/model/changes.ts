import { Recent } from './recent.ts';

export interface Change {
  readonly from: bigint;
  readonly to: bigint;
  /** Nanoseconds, the row's time. */
  readonly at: bigint;
  /** The file's version after it. */
  readonly version: number;
}

/** A flash lasts well under a second; a file that changes faster than this list is long is redrawn whole. */
const KEEP = 64;

/** Which ranges of a file changed lately, so that a view can flash them and redraw no more than them. */
export class Changes {
  private readonly recent = new Recent<Change>(KEEP);
  private whole = 0;

  note(from: bigint, to: bigint, at: bigint, version: number): void {
    const last = this.recent.last() as { -readonly [K in keyof Change]: Change[K] } | undefined;
    // An appended file would fill the list with neighbours of one moment.
    if (last && last.at === at && from <= last.to && to >= last.from) {
      if (from < last.from) last.from = from;
      if (to > last.to) last.to = to;
      last.version = version;
      return;
    }
    this.recent.push({ from, to, at, version });
  }

  /** Newest last. */
  list(): readonly Change[] {
    return this.recent.list();
  }

  /** What changed after `version`; `undefined` when this list cannot tell: redraw all. */
  since(version: number): readonly Change[] | undefined {
    const list = this.recent.list(),
      [first] = list;
    if (version < this.whole || (this.recent.total > list.length && first && first.version > version + 1)) return undefined;
    return list.filter((change) => change.version > version);
  }

  /** Everything changed at once, at `version`: a section told the file anew. */
  all(version: number): void {
    this.whole = version;
  }
}
