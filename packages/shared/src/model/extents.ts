import { copyU64, isLessU64, isMaxU64, isSameDistance, isSameU64, shiftU64, U64_MAX, u64At } from '../units/index.ts';
import { type Frame, How, MapType, NO_ADDR } from '../trace/index.ts';
import { type Chunk, FROM, Row, TO, VALUE } from './chunk.ts';
import type { RowRange } from './row-range.ts';
import { RunMap } from './runs.ts';

/** What is so of a range of the file. */
export interface ExtentValue {
  /** Bytes from the start of the device; 2^64 - 1 is none. */
  readonly addr: bigint;
  readonly device: number;
  readonly type: MapType;
  /** Wire flags. */
  readonly flags: number;
  readonly how: How;
  /** The op that made it so, 0 unknown. */
  readonly op: number;
  /** Since when that is known, nanoseconds. */
  readonly since: bigint;
}

export interface Extent extends ExtentValue {
  readonly from: bigint;
  readonly to: bigint;
}

/** Words of a row: u64 addr, since; u32 flags, op; u16 device and, above it, u12 type and u4 how. 44 bytes a run. */
const ADDR = VALUE,
  SINCE = VALUE + 2,
  FLAGS = VALUE + 4,
  OP = VALUE + 5,
  KIND = VALUE + 6,
  WIDTH = VALUE + 7;
const kindOf = (device: number, type: number, how: number): number => (device & 0xffff) | ((type & 0xfff) << 16) | (how << 28);

/** Wire flag ENCODED (trace does not know the wire): the place is that of the whole, compressed, and a part of it has no other. */
const ENCODED = 1 << 16;

const brush = new Row(WIDTH);

/** Column reads, for loops that make no object a run. */
export const addrOf = (c: Chunk, i: number): bigint => u64At(c.words, i * WIDTH + ADDR);
export const sinceOf = (c: Chunk, i: number): bigint => u64At(c.words, i * WIDTH + SINCE);
export const flagsOf = (c: Chunk, i: number): number => c.words[i * WIDTH + FLAGS]!;
export const opOf = (c: Chunk, i: number): number => c.words[i * WIDTH + OP]!;
export const deviceOf = (c: Chunk, i: number): number => c.words[i * WIDTH + KIND]! & 0xffff;
export const typeOf = (c: Chunk, i: number): MapType => ((c.words[i * WIDTH + KIND]! >>> 16) & 0xfff) as MapType;
export const howOf = (c: Chunk, i: number): How => (c.words[i * WIDTH + KIND]! >>> 28) as How;

/**
 * One of the two maps of a file. Ranges never painted are unknown, not holes; `UNKNOWN` is painted where something was
 * known and no longer is. Two extents fuse only where the field would call them one: contiguous in the file and
 * on the device (or both without a place), same device, type, flags and `how`.
 */
export class ExtentMap extends RunMap {
  constructor() {
    super(WIDTH);
  }

  paint(from: bigint, to: bigint, value: ExtentValue): void {
    if (from >= to) return;
    const { wide, words } = brush;
    wide[0] = from;
    wide[1] = to;
    wide[2] = value.addr;
    wide[3] = value.since;
    words[FLAGS] = value.flags;
    words[OP] = value.op;
    words[KIND] = kindOf(value.device, value.type, value.how);
    this.lay(words);
  }

  /** `paint` of an extent row of a frame, whose range is known: no object and no bigint a row. */
  paintRow(range: RowRange, frame: Frame, i: number): void {
    const { wide, words } = brush;
    wide[2] = frame.addr[i]!;
    wide[3] = frame.time[i]!;
    copyU64(words, FROM, range.words, FROM);
    copyU64(words, TO, range.words, TO);
    words[FLAGS] = frame.flags[i]!;
    words[OP] = frame.op[i]!;
    words[KIND] = kindOf(frame.device[i]!, frame.type[i]!, frame.how[i]!);
    this.lay(words);
  }

  at(offset: bigint): Extent | undefined {
    let found: Extent | undefined;
    this.each(offset, offset + 1n, (chunk, i) => {
      found = extentAt(chunk, i);
      return false;
    });
    return found;
  }

  /** Visit the extents that lie on some of a device, in the order of the file; `range`: words of the addresses from FROM on to TO. */
  eachOn(device: number, range: Uint32Array, visit: (chunk: Chunk, i: number) => void): void {
    for (const chunk of this.pieces) {
      const { words, n } = chunk;
      for (let i = 0, k = 0; i < n; i++, k += WIDTH) {
        if ((words[k + KIND]! & 0xffff) !== device || isMaxU64(words, k + ADDR) || !isLessU64(words, k + ADDR, range, TO)) continue;
        // Where it ends on the device: past the last address it ends there.
        copyU64(reach, 0, words, k + TO);
        shiftU64(reach, 0, words, k + ADDR, words, k + FROM);
        if (isLessU64(range, FROM, reach, 0) || isLessU64(reach, 0, words, k + ADDR)) visit(chunk, i);
      }
    }
  }

  /** The extents that overlap `[from, to)`, whole. For tests, tables and JSON: windows use `extentRuns`. */
  list(from = 0n, to = U64_MAX): Extent[] {
    const out: Extent[] = [];
    this.each(from, to, (chunk, i) => void out.push(extentAt(chunk, i)));
    return out;
  }

  /** What was known no longer is. A map of which nothing was known stays as it is, unless that nothing is there was known by it: `always`. */
  doubt(since: bigint, always = false): void {
    if (always || this.size > 0) this.paint(0n, U64_MAX, { ...nothing, since });
  }

  protected continues(a: Uint32Array, k: number, b: Uint32Array, l: number): boolean {
    if (a[k + KIND] !== b[l + KIND] || a[k + FLAGS] !== b[l + FLAGS]) return false;
    if (isMaxU64(a, k + ADDR) || isMaxU64(b, l + ADDR)) return isSameU64(a, k + ADDR, b, l + ADDR);
    if ((a[k + FLAGS]! & ENCODED) !== 0) return isSameU64(a, k + ADDR, b, l + ADDR);
    // As far apart on the device as in the file.
    return isSameDistance(a, k + ADDR, a, k + FROM, b, l + ADDR, b, l + FROM);
  }

  protected begin(row: Uint32Array, k: number, at: Uint32Array, l: number): void {
    if (!isMaxU64(row, k + ADDR) && (row[k + FLAGS]! & ENCODED) === 0) shiftU64(row, k + ADDR, at, l, row, k + FROM);
    copyU64(row, k + FROM, at, l);
  }

  protected stamp(to: Uint32Array, k: number, from: Uint32Array, l: number): void {
    copyU64(to, k + SINCE, from, l + SINCE);
    to[k + OP] = from[l + OP]!;
  }
}

const reach = new Uint32Array(2);
const nothing = { addr: NO_ADDR, device: 0, type: MapType.UNKNOWN, flags: 0, how: How.unknown, op: 0 } as const;

export const extentAt = (chunk: Chunk, i: number): Extent => ({
  from: chunk.from(i),
  to: chunk.to(i),
  addr: addrOf(chunk, i),
  device: deviceOf(chunk, i),
  type: typeOf(chunk, i),
  flags: flagsOf(chunk, i),
  how: howOf(chunk, i),
  op: opOf(chunk, i),
  since: sinceOf(chunk, i),
});
