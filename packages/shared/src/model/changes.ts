import { copyU64, isLessU64, isSameU64, u64At } from '../units/index.ts';
import { FROM, TO } from './chunk.ts';

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

/** Words of a change: u64 from, to, at, version. */
const AT = 4,
  VERSION = 6,
  WIDTH = 8;

/** Which ranges of a file changed lately, so that a view can flash them and redraw no more than them. */
export class Changes {
  /** A ring that grows to 64 changes: most files change once. */
  private words = new Uint32Array(WIDTH);
  private count = 0;
  /** Row of the newest. */
  private newest = -1;
  private total = 0;
  private whole = 0;

  /** `range`: words of a `RowRange`. */
  note(range: Uint32Array, version: number): void {
    const { words } = this,
      last = this.newest * WIDTH;
    // An appended file would fill the list with neighbours of one moment.
    if (
      this.count > 0 &&
      isSameU64(words, last + AT, range, AT) &&
      !isLessU64(words, last + TO, range, FROM) &&
      !isLessU64(range, TO, words, last + FROM)
    ) {
      if (isLessU64(range, FROM, words, last + FROM)) copyU64(words, last + FROM, range, FROM);
      if (isLessU64(words, last + TO, range, TO)) copyU64(words, last + TO, range, TO);
      putVersion(words, last, version);
      return;
    }
    if (this.count < KEEP) this.reach(++this.count);
    this.total++;
    this.newest = (this.newest + 1) % KEEP;
    const row = this.newest * WIDTH;
    for (let k = 0; k < VERSION; k++) this.words[row + k] = range[k]!;
    putVersion(this.words, row, version);
  }

  /** Newest last. */
  list(): readonly Change[] {
    return Array.from({ length: this.count }, (_, k) => this.at(k));
  }

  /** What changed after `version`; `undefined` when this list cannot tell: redraw all. */
  since(version: number): readonly Change[] | undefined {
    if (version < this.whole || (this.total > this.count && this.at(0).version > version + 1)) return undefined;
    return this.list().filter((change) => change.version > version);
  }

  /** Everything changed at once, at `version`: a section told the file anew. */
  all(version: number): void {
    this.whole = version;
  }

  private at(k: number): Change {
    const { words } = this,
      row = ((this.newest + 1 - this.count + k + KEEP) % KEEP) * WIDTH;
    return { from: u64At(words, row + FROM), to: u64At(words, row + TO), at: u64At(words, row + AT), version: versionAt(words, row) };
  }

  private reach(rows: number): void {
    if (rows * WIDTH <= this.words.length) return;
    const wider = new Uint32Array(this.words.length * 2);
    wider.set(this.words);
    this.words = wider;
  }
}

/** A version is a counter in a double: two words of 2^32. */
function putVersion(words: Uint32Array, row: number, version: number): void {
  words[row + VERSION] = version;
  words[row + VERSION + 1] = version / 0x1_0000_0000;
}
const versionAt = (words: Uint32Array, row: number): number => words[row + VERSION + 1]! * 0x1_0000_0000 + words[row + VERSION]!;
