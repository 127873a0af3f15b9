import { OpType } from '../trace/index.ts';
import { compareBig, maxBig, minBig } from '../units/index.ts';
import type { Ops } from './ops.ts';
import type { Op } from './op.ts';

/** What became of bytes that were read into the page cache. */
export interface ReadIn {
  readonly bytes: bigint;
  /** Of these, bytes that a program has read, or touched in a mapping, since: as far as ops are kept. The rest was read ahead of nobody, so far. */
  readonly used: bigint;
}

/** A READ that found its bytes on a device, or in a hole, filled the cache; one without a mapping took from it. */
const isRead = ({ type, flags }: Pick<Op, 'type' | 'flags'>): boolean => type === OpType.iomap && flags === 0;

/** Of a READ that filled the cache what was used of it; undefined for any other op. Looks at every op: for the inspector. */
export function readIn(ops: Ops, op: Op): ReadIn | undefined {
  if (!isRead(op) || op.mappings.length === 0 || op.result <= 0n) return undefined;
  const c = ops.cells,
    from = op.from,
    to = op.from + op.result,
    used: (readonly [bigint, bigint])[] = [];
  for (const slot of [...ops.endedSlots(), ...ops.openSlots()]) {
    const isUse =
      c.type[slot] === OpType.fault || (isRead({ type: c.type[slot] as OpType, flags: c.flags[slot]! }) && c.mappings[slot] === 0);
    if (c.inode[slot] !== op.inode || !isUse || c.begin[slot]! < op.begin) continue;
    const start = maxBig(from, c.offset[slot]!),
      end = minBig(to, c.offset[slot]! + c.length[slot]!);
    if (start < end) used.push([start, end]);
  }
  let bytes = 0n,
    reached = from;
  for (const [start, end] of used.sort(([a], [b]) => compareBig(a, b))) {
    if (end <= reached) continue;
    bytes += end - maxBig(start, reached);
    reached = end;
  }
  return { bytes: to - from, used: bytes };
}
