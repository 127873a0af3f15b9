import { type How, MapType, MappingRole, NO_ADDR, OpType } from '../trace/index.ts';
import { compareBig, U64_MAX } from '../units/index.ts';
import type { Model } from './model.ts';
import { type Op, OpState } from './op.ts';

/** Dirty bytes that writeback gave to the device as one I/O: a writeback op, seen as the run of the file that it wrote. */
export interface Ioend {
  readonly op: number;
  readonly inode: number;
  /** Who wrote it back: a process, or a worker of the kernel's. */
  readonly pid: number;
  /** All runs that went into it, one behind the other. */
  readonly from: bigint;
  readonly to: bigint;
  /** Of the mapping that writeback used: where `from` lies. 2^64 - 1: no place, or nobody told. */
  readonly addr: bigint;
  readonly device: number;
  /** UNKNOWN where nobody told the mapping. */
  readonly type: MapType;
  /** Wire flags. */
  readonly flags: number;
  /** First byte of that mapping. */
  readonly mappingFrom: bigint;
  readonly begin: bigint;
  /** 2^64 - 1: its end was not seen. */
  readonly end: bigint;
  /** Its outcome: 0 or a positive errno; undefined while it is not known. */
  readonly errno: number | undefined;
  /** Rows were lost while it grew: runs of it may be among them. */
  readonly isInDoubt: boolean;
  readonly how: How;
}

/** Wire flags (spec 2.2). */
const SHARED = 1 << 2,
  BOUNDARY = 1 << 4;

/** Op flag: persistent memory that is flushed, which takes no I/O. */
const DAX = 1 << 8;

/** The ioend that a writeback op is; undefined for any other op, for a flush of persistent memory, and while nobody told a run of it. */
export function ioendOf(op: Op): Ioend | undefined {
  if (op.type !== OpType.writeback || op.length === 0n || (op.flags & DAX) !== 0) return undefined;
  const mapping = op.mappings.find(({ role }) => role === MappingRole.write),
    { from, length } = op;
  const place = mapping
    ? {
        addr: mapping.addr === NO_ADDR ? NO_ADDR : BigInt.asUintN(64, mapping.addr + (from - mapping.from)),
        device: mapping.device,
        type: mapping.type,
        flags: mapping.flags,
        mappingFrom: mapping.from,
      }
    : { addr: NO_ADDR, device: 0, type: MapType.UNKNOWN, flags: 0, mappingFrom: from };
  return {
    op: op.op,
    inode: op.inode,
    pid: op.pid,
    from,
    to: from + length,
    ...place,
    begin: op.begin,
    end: op.end,
    errno: (op.state & OpState.ended) === 0 ? undefined : op.errno,
    isInDoubt: (op.state & OpState.endInDoubt) !== 0,
    how: op.how,
  };
}

/** The ioends of a file that wrote any of `[from, to)`, as far as they are kept: by their place in the file, then by their begin. */
export function ioendsOf(model: Model, inode: number, from = 0n, to = U64_MAX): Ioend[] {
  const { ops } = model,
    c = ops.cells,
    out: Ioend[] = [];
  for (const slots of [ops.endedSlots(), ops.openSlots()])
    for (const slot of slots) {
      if (c.type[slot] !== OpType.writeback || c.inode[slot] !== inode) continue;
      const ioend = ioendOf(ops.at(slot));
      if (ioend && ioend.from < to && ioend.to > from) out.push(ioend);
    }
  return out.sort((a, b) => compareBig(a.from, b.from) || compareBig(a.begin, b.begin) || a.op - b.op);
}

/** The ioends beside one. */
export interface IoendNeighbours {
  readonly before: Ioend | undefined;
  readonly after: Ioend | undefined;
}

/**
 * What the same task made of the file right before and right after an ioend, as far as it lies before and behind it: a pass of writeback goes up the
 * file, so these are what the kernel held against it. Undefined: the pass began or ended with it, or it is not kept.
 */
export function ioendNeighbours(model: Model, ioend: Ioend): IoendNeighbours {
  const inOrder = (a: Ioend, b: Ioend): number => compareBig(a.begin, b.begin) || a.op - b.op;
  let before: Ioend | undefined, after: Ioend | undefined;
  for (const it of ioendsOf(model, ioend.inode)) {
    if (it.pid !== ioend.pid || it.op === ioend.op) continue;
    if (inOrder(it, ioend) < 0) before = before && inOrder(it, before) < 0 ? before : it;
    else after = after && inOrder(it, after) > 0 ? after : it;
  }
  return { before: before && before.to <= ioend.from ? before : undefined, after: after && after.from >= ioend.to ? after : undefined };
}

/** A dirty run as writeback puts it into an I/O; an ioend is one too. */
export type WrittenRun = Pick<Ioend, 'from' | 'to' | 'addr' | 'device' | 'type' | 'flags' | 'mappingFrom' | 'errno'>;

/** Why a run did not go into the ioend of the one before it. */
export type Apart =
  /** It does not begin where the other ends in the file. */
  | 'file-gap'
  /** It does not begin where the other ends on the device. */
  | 'address-gap'
  /** Written and unwritten space end differently. */
  | 'type'
  /** One is to be remapped when it is written, the other is not. */
  | 'shared'
  /** Its mapping says that nothing before it may be in one I/O with it. */
  | 'boundary'
  /** They came out differently: ioends that end alike may still be merged then. */
  | 'outcome';

/**
 * All reasons that keep `after` out of the ioend of `before`, by the kernel's rule (fact: iomap_can_add_to_ioend and iomap_ioend_can_merge). None:
 * nothing in them did, but that they belong to two passes of writeback, or that an ioend was as large as one may be. Of a mapping that
 * nobody told nothing is said.
 */
export function whyApart(before: WrittenRun, after: WrittenRun): Apart[] {
  const out: Apart[] = [];
  if (after.from !== before.to) out.push('file-gap');
  if (before.type !== MapType.UNKNOWN && after.type !== MapType.UNKNOWN) {
    if (!followsOnDevice(before, after)) out.push('address-gap');
    if (before.type !== after.type) out.push('type');
    if (((before.flags ^ after.flags) & SHARED) !== 0) out.push('shared');
    if ((after.flags & BOUNDARY) !== 0 && after.mappingFrom === after.from) out.push('boundary');
  }
  if (before.errno !== undefined && after.errno !== undefined && before.errno !== after.errno) out.push('outcome');
  return out;
}

function followsOnDevice(before: WrittenRun, after: WrittenRun): boolean {
  if (before.addr === NO_ADDR || after.addr === NO_ADDR) return before.addr === after.addr;
  return before.device === after.device && before.addr + (before.to - before.from) === after.addr;
}
