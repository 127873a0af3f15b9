import { U64_MAX } from '../units/index.ts';
import { type How, MapType, NO_ADDR } from '../trace/index.ts';
import type { Chunk } from './chunk.ts';
import { oneRow, RunMap } from './runs.ts';

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

/** u64 addr, since; u32 flags, op; u16 device, type with how above it. 44 bytes a run. */
const shape = { wide: 2, mid: 2, small: 2 } as const;
const brush = oneRow(shape);
const HOW = 12;

/** Column reads, for loops that make no object a run. */
export const addrOf = (c: Chunk, i: number): bigint => c.wide[2 * c.room + i]!;
export const sinceOf = (c: Chunk, i: number): bigint => c.wide[3 * c.room + i]!;
export const flagsOf = (c: Chunk, i: number): number => c.mid[i]!;
export const opOf = (c: Chunk, i: number): number => c.mid[c.room + i]!;
export const deviceOf = (c: Chunk, i: number): number => c.small[i]!;
export const typeOf = (c: Chunk, i: number): MapType => (c.small[c.room + i]! & 0xfff) as MapType;
export const howOf = (c: Chunk, i: number): How => (c.small[c.room + i]! >>> HOW) as How;

/**
 * One of the two maps of a file. Ranges never painted are unknown, not holes; `UNKNOWN` is painted where something was
 * known and no longer is. Two extents fuse only where the field would call them one: contiguous in the file and
 * on the device (or both without a place), same device, type, flags and `how`.
 */
export class ExtentMap extends RunMap {
  protected readonly shape = shape;
  paint(from: bigint, to: bigint, value: ExtentValue): void {
    this.paintCells(from, to, value.addr, value.device, value.type, value.flags, value.how, value.op, value.since);
  }

  /** `paint` for the reducer: no object a row. */
  paintCells(
    from: bigint,
    to: bigint,
    addr: bigint,
    device: number,
    type: number,
    flags: number,
    how: number,
    op: number,
    since: bigint,
  ): void {
    brush.wide[0] = from;
    brush.wide[1] = to;
    brush.wide[2] = addr;
    brush.wide[3] = since;
    brush.mid[0] = flags;
    brush.mid[1] = op;
    brush.small[0] = device;
    brush.small[1] = (type & 0xfff) | (how << HOW);
    this.lay(brush);
  }

  at(offset: bigint): Extent | undefined {
    let found: Extent | undefined;
    this.each(offset, offset + 1n, (chunk, i) => {
      found = extentAt(chunk, i);
      return false;
    });
    return found;
  }

  /** The extents that overlap `[from, to)`, whole. For tests, tables and JSON: windows use `extentRuns`. */
  list(from = 0n, to = U64_MAX): Extent[] {
    const out: Extent[] = [];
    this.each(from, to, (chunk, i) => void out.push(extentAt(chunk, i)));
    return out;
  }

  /** What was known no longer is. A map of which nothing was known stays as it is. */
  doubt(since: bigint): void {
    if (this.size === 0) return;
    this.paintCells(0n, U64_MAX, NO_ADDR, 0, MapType.UNKNOWN, 0, 0, 0, since);
  }

  protected continues(a: Chunk, i: number, by: bigint, b: Chunk, j: number): boolean {
    if (a.small[a.room + i] !== b.small[b.room + j] || a.small[i] !== b.small[j] || a.mid[i] !== b.mid[j]) return false;
    const here = addrOf(a, i),
      there = addrOf(b, j);
    return here === NO_ADDR || there === NO_ADDR ? here === there : here + by === there;
  }

  protected slide(chunk: Chunk, i: number, by: bigint): void {
    const at = 2 * chunk.room + i;
    if (chunk.wide[at] !== NO_ADDR) chunk.wide[at] = chunk.wide[at]! + by;
  }

  protected stamp(to: Chunk, i: number, from: Chunk, j: number): void {
    to.wide[3 * to.room + i] = sinceOf(from, j);
    to.mid[to.room + i] = opOf(from, j);
  }
}

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
