import { FiemapFlag } from './bits-ioctl.ts';
import { fiemap, fiemapExtent } from './ioctl.ts';

/** Where a field of `struct fiemap_extent` begins, in u32 words. */
const word = (name: string): number => fiemapExtent.slots.find((slot) => slot.name === name)!.at / 4;
const HEAD = fiemap.size / 4;
const RECORD = fiemapExtent.size / 4;
const LOGICAL = word('fe_logical');
const PHYSICAL = word('fe_physical');
const LENGTH = word('fe_length');
const FLAGS = word('fe_flags');

/** With one of these, byte n of the extent does not lie n bytes behind its address. */
const UNPLACED = FiemapFlag.UNKNOWN | FiemapFlag.ENCODED | FiemapFlag.DATA_INLINE | FiemapFlag.DATA_TAIL;

const WORD = 2 ** 32;

/** Records that cost little memory. */
const FEW = 1 << 16;

/**
 * Records of FIEMAP, a column a field and no object a record: in order, none empty, none over another. `count` of each column's rows are filled.
 * Inside, a u64 is a pair of u32 words, low first, as on every host we support: bigint arithmetic would cost as much as the kernel's part.
 */
export class FiemapColumns {
  count = 0;
  /** How many there will perhaps be, so that room is made once. */
  expected = 0;
  /** Of the file, bytes. */
  offset: BigUint64Array;
  /** Bytes. */
  length: BigUint64Array;
  /** On what the filesystem lies on, bytes; without meaning where `flags` say UNKNOWN. */
  addr: BigUint64Array;
  /** `fiemapFlags`. */
  flags: Uint32Array;
  /** Up to here everything is told: the end of the last record, or where `restart` said. Bytes, low and high word. */
  private endLow = 0;
  private endHigh = 0;
  private offsets: Uint32Array;
  private lengths: Uint32Array;
  private addrs: Uint32Array;

  /** `room`: records it takes before it grows. */
  constructor(room = 64) {
    this.offset = new BigUint64Array(room);
    this.length = new BigUint64Array(room);
    this.addr = new BigUint64Array(room);
    this.flags = new Uint32Array(room);
    this.offsets = new Uint32Array(this.offset.buffer);
    this.lengths = new Uint32Array(this.length.buffer);
    this.addrs = new Uint32Array(this.addr.buffer);
  }

  /** Empties it. Of records that `append` adds, what lies before `from` is left out. */
  restart(from = 0n): void {
    this.count = 0;
    this.endLow = Number(from & 0xffff_ffffn);
    this.endHigh = Number(from >> 32n);
  }

  /** Where the next ask begins. */
  get end(): bigint {
    return (BigInt(this.endHigh) << 32n) | BigInt(this.endLow);
  }

  /** The last record says that it is the file's last. */
  get isLast(): boolean {
    return this.count > 0 && (this.flags[this.count - 1]! & FiemapFlag.LAST) !== 0;
  }

  /**
   * Adds the `mapped` records of an answer (`struct fiemap` and what follows it). A record that begins before the end of the one before it is cut there, so
   * that columns stay in order whatever is answered; one that would reach past 2^64 ends there. Answers how many were added.
   */
  append(answer: Uint8Array, mapped: number): number {
    const bytes = answer.byteOffset % 4 === 0 ? answer : answer.slice(),
      words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2),
      most = Math.max(0, Math.min(mapped, Math.floor((words.length - HEAD) / RECORD)));
    this.grow(this.count + most);
    const before = this.count;
    for (let i = 0, at = HEAD; i < most; i++, at += RECORD) this.add(words, at);
    return this.count - before;
  }

  /**
   * Adds the records of a later part of the file, cut where this one ends. Whoever was asked for a part says LAST at its end: that of the parts before is taken back.
   */
  join(later: FiemapColumns): void {
    if (later.count === 0) return;
    if (this.count > 0) this.flags[this.count - 1]! &= ~FiemapFlag.LAST;
    this.grow(this.count + later.count);
    const one = new Uint32Array(HEAD + RECORD);
    let i = 0;
    // Until one begins where this ends or behind it: from there on nothing is cut.
    for (; i < later.count && later.offset[i]! < this.end; i++) {
      for (const [field, column] of [
        [LOGICAL, later.offsets],
        [PHYSICAL, later.addrs],
        [LENGTH, later.lengths],
      ] as const)
        one.set(column.subarray(2 * i, 2 * i + 2), HEAD + field);
      one[HEAD + FLAGS] = later.flags[i]!;
      this.add(one, HEAD);
    }
    if (i === later.count) return;
    const rest = later.count - i;
    this.offset.set(later.offset.subarray(i, later.count), this.count);
    this.length.set(later.length.subarray(i, later.count), this.count);
    this.addr.set(later.addr.subarray(i, later.count), this.count);
    this.flags.set(later.flags.subarray(i, later.count), this.count);
    this.count += rest;
    this.endLow = later.endLow;
    this.endHigh = later.endHigh;
  }

  /** Keeps the first `count` records, one at least. */
  cut(count: number): void {
    if (count >= this.count) return;
    const i = Math.max(1, count) - 1,
      end = this.offset[i]! + this.length[i]!;
    this.count = i + 1;
    this.endLow = Number(end & 0xffff_ffffn);
    this.endHigh = Number(end >> 32n);
  }

  private add(words: Uint32Array, at: number): void {
    let low = words[at + LOGICAL]!,
      high = words[at + LOGICAL + 1]!,
      lengthLow = words[at + LENGTH]!,
      lengthHigh = words[at + LENGTH + 1]!,
      addrLow = words[at + PHYSICAL]!,
      addrHigh = words[at + PHYSICAL + 1]!;
    const flags = words[at + FLAGS]!;
    let endLow = low + lengthLow,
      endHigh = high + lengthHigh;
    if (endLow >= WORD) {
      endLow -= WORD;
      endHigh++;
    }
    if (endHigh >= WORD) {
      endLow = endHigh = WORD - 1;
      lengthLow = endLow - low;
      lengthHigh = endHigh - high;
    }
    if (endHigh < this.endHigh || (endHigh === this.endHigh && endLow <= this.endLow)) return;
    if (high < this.endHigh || (high === this.endHigh && low < this.endLow)) {
      if ((flags & UNPLACED) === 0) {
        addrLow += this.endLow - low;
        addrHigh += this.endHigh - high + Math.floor(addrLow / WORD);
      }
      low = this.endLow;
      high = this.endHigh;
      lengthLow = endLow - low;
      lengthHigh = endHigh - high;
    }
    if (lengthLow < 0) {
      lengthLow += WORD;
      lengthHigh--;
    }
    if (lengthLow === 0 && lengthHigh === 0) return;
    const i = this.count++,
      k = 2 * i;
    this.offsets[k] = low;
    this.offsets[k + 1] = high;
    this.lengths[k] = lengthLow;
    this.lengths[k + 1] = lengthHigh;
    this.addrs[k] = addrLow;
    this.addrs[k + 1] = addrHigh;
    this.flags[i] = flags;
    this.endLow = endLow;
    this.endHigh = endHigh;
  }

  private grow(room: number): void {
    if (room <= this.flags.length) return;
    // A guess from outside is believed only so far.
    const guess = Math.ceil(Math.min(this.expected, 8 * this.count + FEW)),
      grown = new FiemapColumns(Math.max(room, 2 * this.flags.length, guess));
    grown.offset.set(this.offset.subarray(0, this.count));
    grown.length.set(this.length.subarray(0, this.count));
    grown.addr.set(this.addr.subarray(0, this.count));
    grown.flags.set(this.flags.subarray(0, this.count));
    const { offset, length, addr, flags, offsets, lengths, addrs } = grown;
    Object.assign(this, { offset, length, addr, flags, offsets, lengths, addrs });
  }
}
