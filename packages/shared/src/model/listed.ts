import type { Frame } from '../trace/index.ts';

/** A frame has no more rows. */
const ROWS = 1 << 16;
/** In place of a row: somebody asked for it, or it is listed no more. */
const TAKEN = -1;
const REMOVED = -2;

/** A row of a keyframe that introduces a file. */
export interface ListedRow {
  readonly frame: Frame;
  readonly i: number;
}

/**
 * Files that a keyframe listed, by their inode: where the row of each is, until somebody asks for it. A hundred thousand of them cost two
 * typed arrays and a hash table in a third, and no object each.
 */
export class Listed {
  private frames: Frame[] = [];
  /** Columns of the entries, in the order in which they came. */
  private inodes = new Uint32Array(16);
  private places = new Float64Array(16);
  private count = 0;
  /** Entry + 1 by hash of its inode, open addressing; 0 is free. Twice as long as the columns. */
  private table = new Uint32Array(32);
  private shift = 27;
  /** Entries that nobody has asked for. */
  waiting = 0;

  get isEmpty(): boolean {
    return this.count === 0;
  }

  /** Listed, asked for or not. */
  has(inode: number): boolean {
    const entry = this.table[this.slot(inode)]! - 1;
    return entry >= 0 && this.places[entry] !== REMOVED;
  }

  put(frame: Frame, i: number): void {
    if (this.frames.at(-1) !== frame) this.frames.push(frame);
    const inode = frame.inode[i]!,
      slot = this.slot(inode);
    let entry = this.table[slot]! - 1;
    if (entry < 0) {
      entry = this.count++;
      this.inodes[entry] = inode;
      this.table[slot] = entry + 1;
      this.places[entry] = REMOVED;
    }
    if (this.places[entry]! < 0) this.waiting++;
    this.places[entry] = (this.frames.length - 1) * ROWS + i;
    if (this.count === this.inodes.length) this.grow();
  }

  /** The row that introduced this inode, for who asks first. */
  take(inode: number): ListedRow | undefined {
    const entry = this.table[this.slot(inode)]! - 1,
      place = entry < 0 ? TAKEN : this.places[entry]!;
    if (place < 0) return undefined;
    this.places[entry] = TAKEN;
    this.waiting--;
    return { frame: this.frames[Math.floor(place / ROWS)]!, i: place % ROWS };
  }

  remove(inode: number): void {
    const entry = this.table[this.slot(inode)]! - 1;
    if (entry < 0) return;
    if (this.places[entry]! >= 0) this.waiting--;
    this.places[entry] = REMOVED;
  }

  /** Those that are listed, in the order in which they came. */
  *all(): Generator<number> {
    for (let entry = 0; entry < this.count; entry++) if (this.places[entry] !== REMOVED) yield this.inodes[entry]!;
  }

  empty(): void {
    this.frames = [];
    this.count = this.waiting = 0;
    this.table.fill(0);
  }

  /**
   * Where the entry of `inode` is, or where it would be. They come in the order of their numbers: neighbours lie side by side, and only two that want
   * the same slot are scattered.
   */
  private slot(inode: number): number {
    const { table, inodes } = this,
      mask = table.length - 1,
      step = (Math.imul(inode, 0x9e37_79b1) >>> this.shift) | 1;
    let slot = inode & mask;
    for (let entry = table[slot]!; entry !== 0 && inodes[entry - 1] !== inode; entry = table[slot]!) slot = (slot + step) & mask;
    return slot;
  }

  private grow(): void {
    const inodes = new Uint32Array(this.inodes.length * 2),
      places = new Float64Array(inodes.length);
    inodes.set(this.inodes);
    places.set(this.places);
    this.inodes = inodes;
    this.places = places;
    this.table = new Uint32Array(inodes.length * 2);
    this.shift--;
    for (let entry = 0; entry < this.count; entry++) this.table[this.slot(inodes[entry]!)] = entry + 1;
  }
}
