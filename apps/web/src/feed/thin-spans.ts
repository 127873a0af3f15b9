import { type Model, OpState, type OpSpans } from '@mapscope/shared/model';
import { OpType } from '@mapscope/shared/trace';
import { U64_MAX } from '@mapscope/shared/units';
import { classOf } from './op-class.ts';

/** These newest ones are told whatever they look like: tables and keys walk through them. */
const ALWAYS = 64;
/** An op narrower than this many columns is a tick; of the ticks of one file and kind in one column the newest stands for all. */
const TICK = 1.5;
const classes = { read: 0, write: 1, other: 2, writeback: 3 } as const;

/**
 * The ops of `[from, to)` that can be told apart on `columns` pixels, in the order of their begin. A busy mount has fifty thousand in a
 * window of ten seconds; the picture has some thousand places for them.
 */
export function thinSpans(model: Model, from: bigint, to: bigint, columns: number): OpSpans {
  const c = model.ops.cells,
    wide: number[] = [],
    ticks = new Map<number, number>(),
    isNamed = namedIn(model),
    scale = columns / Math.max(1, Number(to - from)),
    ended = model.ops.endedSlots();
  const take = (slot: number): void => {
    const begin = c.begin[slot]!,
      end = c.end[slot]!;
    if (begin >= to || (end < from && end !== U64_MAX) || !isNamed(slot)) return;
    const isOver = end !== U64_MAX || (c.state[slot]! & OpState.neverEnded) !== 0;
    if (!isOver || Number(end - begin) * scale >= TICK) return void wide.push(slot);
    const column = begin > from ? Math.floor(Number(begin - from) * scale) : 0,
      kind = classes[classOf(c.type[slot]!, c.flags[slot]!)] + (c.type[slot] === OpType.request ? 4 : 0) + (c.errno[slot] !== 0 ? 8 : 0);
    ticks.set((c.inode[slot]! * 8192 + Math.min(column, 8191)) * 16 + kind, slot);
  };
  for (const slot of ended) take(slot);
  for (const slot of model.ops.openSlots()) take(slot);
  const newest = ended.slice(-ALWAYS).filter((slot) => c.begin[slot]! < to && c.end[slot]! >= from && isNamed(slot));
  const slots = [...new Set([...wide, ...ticks.values(), ...newest])];
  slots.sort((a, b) => (c.begin[a]! < c.begin[b]! ? -1 : c.begin[a]! > c.begin[b]! ? 1 : c.op[a]! - c.op[b]!));
  return pick(model, slots);
}

/** Not an op of an inode that nobody has introduced: it may lie outside of what is watched. Many ops are of few inodes. */
function namedIn({ files, ops }: Model): (slot: number) => boolean {
  const c = ops.cells,
    known = new Map<number, boolean>();
  return (slot) => {
    const inode = c.inode[slot]!;
    let is = known.get(inode);
    if (is === undefined) known.set(inode, (is = files.find(inode)?.introduced ?? true));
    return is && (c.state[slot]! & OpState.nameless) === 0;
  };
}

function pick(model: Model, slots: readonly number[]): OpSpans {
  const c = model.ops.cells,
    n = slots.length;
  const column = <T extends { [k: number]: unknown }>(out: T, from: T): T => {
    for (let k = 0; k < n; k++) (out as Record<number, unknown>)[k] = from[slots[k]!];
    return out;
  };
  return {
    n,
    op: column(new Uint32Array(n), c.op),
    inode: column(new Uint32Array(n), c.inode),
    begin: column(new BigUint64Array(n), c.begin),
    end: column(new BigUint64Array(n), c.end),
    reply: column(new BigUint64Array(n), c.reply),
    type: column(new Uint16Array(n), c.type),
    role: column(new Uint8Array(n), c.role),
    flags: column(new Uint32Array(n), c.flags),
    offset: column(new BigUint64Array(n), c.offset),
    length: column(new BigUint64Array(n), c.length),
    result: column(new BigInt64Array(n), c.result),
    errno: column(new Int16Array(n), c.errno),
    pid: column(new Int32Array(n), c.pid),
    parent: column(new Uint32Array(n), c.parent),
    source: column(new Uint8Array(n), c.source),
    state: column(new Uint8Array(n), c.state),
  };
}
