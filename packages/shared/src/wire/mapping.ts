import { U64_MAX } from '../units/index.ts';
import { MapFlag, OpFlag } from './bits-iomap.ts';

/** One side of a reply, as `struct fuse_iomap_io` has it. */
export interface WireMapping {
  readonly offset: bigint;
  readonly length: bigint;
  readonly addr: bigint;
  readonly type: number;
  readonly flags: number;
  readonly dev: number;
}

/** Numbers of the types that rules are about. Fact: spec/protocol.md 2.1. */
export const HOLE = 0;
export const DELALLOC = 1;
export const MAPPED = 2;
export const UNWRITTEN = 3;
export const INLINE = 4;
export const PURE_OVERWRITE = 255;

/** "No address" of a mapping; 0 is a real one. Fact: spec/protocol.md 2.1. */
export const NO_ADDRESS = U64_MAX;

/** The mapping names storage on a device. */
export const hasPlace = ({ type }: WireMapping): boolean => type === MAPPED || type === UNWRITTEN;

export const isSamePlace = (a: WireMapping, b: WireMapping): boolean =>
  a.type === b.type && a.dev === b.dev && a.addr - a.offset === b.addr - b.offset;

/** What a write mapping that the server leaves out stands for: the read mapping is written over. Fact: libfuse patch 04/25 fills it so. */
export const pureOverwrite = ({ offset, length }: WireMapping): WireMapping => ({
  offset,
  length,
  addr: NO_ADDRESS,
  type: PURE_OVERWRITE,
  flags: 0,
  dev: 0,
});

/** Where new data goes: the write mapping, or the read mapping where it is written over. */
export const targetOf = (read: WireMapping, write: WireMapping): WireMapping => (write.type === PURE_OVERWRITE ? read : write);

/** WRITE, ZERO, UNSHARE or WRITEBACK: the operation may change data. */
export const isWriteLike = (opflags: number): boolean => (opflags & (OpFlag.WRITE | OpFlag.ZERO | OpFlag.UNSHARE | OpFlag.WRITEBACK)) !== 0;

/**
 * Storage must be found for this operation: a hole under a write-like operation that is not just zeroing. A read never needs any.
 * Fact: spec/protocol.md 2.3, as the review of the patch asks.
 */
export const needsAllocation = (type: number, opflags: number): boolean =>
  type === HOLE && isWriteLike(opflags) && (opflags & OpFlag.ZERO) === 0;

/** Whether `iomap_end` is sent (spec/protocol.md 4.2). `written` is s64: bytes, or a negative errno. */
export function wantsEnd(opflags: number, mapFlagsNow: number, count: bigint, written: bigint): boolean {
  if (mapFlagsNow & MapFlag.WANT_IOMAP_END) return true;
  if (opflags & OpFlag.WRITEBACK) return false;
  return isWriteLike(opflags) && ((mapFlagsNow & MapFlag.SIZE_CHANGED) !== 0 || written < count);
}

/**
 * What of a reservation an end leaves unused, in file offsets: only of a DELALLOC mapping that is NEW, and never where another task has
 * dirtied the cache meanwhile. Undefined: nothing. Fact: spec/protocol.md 4.2.
 */
export function unusedReservation(
  map: WireMapping,
  pos: bigint,
  count: bigint,
  written: bigint,
): { readonly from: bigint; readonly to: bigint } | undefined {
  const from = written > 0n ? pos + written : pos,
    to = pos + count;
  return map.type === DELALLOC && map.flags & MapFlag.NEW && from < to ? { from, to } : undefined;
}
