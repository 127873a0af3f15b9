import { U64_MAX } from '../units/index.ts';
import type { Model } from './model.ts';

/** Ops in a window of time as typed arrays, in the order of their begin. */
export interface OpSpans {
  readonly n: number;
  readonly op: Uint32Array;
  readonly inode: Uint32Array;
  readonly begin: BigUint64Array;
  /** 2^64 - 1: still open, or never seen to end. */
  readonly end: BigUint64Array;
  /** 2^64 - 1: none. */
  readonly reply: BigUint64Array;
  readonly type: Uint16Array;
  /** Asker. */
  readonly role: Uint8Array;
  readonly flags: Uint32Array;
  readonly offset: BigUint64Array;
  readonly length: BigUint64Array;
  readonly result: BigInt64Array;
  readonly errno: Int16Array;
  readonly pid: Int32Array;
  readonly parent: Uint32Array;
  readonly source: Uint8Array;
  /** OpState bits. */
  readonly state: Uint8Array;
}

export interface SpanFilter {
  readonly inode?: number;
  /** The newest so many; more are left out. */
  readonly limit?: number;
}

/** Ops that were open at any moment of `[from, to)`. */
export function opSpans(model: Model, from: bigint, to: bigint, filter: SpanFilter = {}): OpSpans {
  const c = model.ops.cells,
    limit = filter.limit ?? 1 << 14,
    slots: number[] = [];
  const take = (slot: number): void => {
    if (
      c.begin[slot]! < to &&
      (c.end[slot]! >= from || c.end[slot] === U64_MAX) &&
      (filter.inode === undefined || c.inode[slot] === filter.inode)
    )
      slots.push(slot);
  };
  for (const slot of model.ops.openSlots()) take(slot);
  for (const slot of model.ops.endedSlots()) take(slot);
  slots.sort((a, b) => (c.begin[a]! < c.begin[b]! ? -1 : c.begin[a]! > c.begin[b]! ? 1 : c.op[a]! - c.op[b]!));
  const kept = slots.slice(Math.max(0, slots.length - limit)),
    n = kept.length;
  const pick = <T extends { [k: number]: unknown }>(out: T, column: T): T => {
    for (let k = 0; k < n; k++) (out as Record<number, unknown>)[k] = column[kept[k]!];
    return out;
  };
  return {
    n,
    op: pick(new Uint32Array(n), c.op),
    inode: pick(new Uint32Array(n), c.inode),
    begin: pick(new BigUint64Array(n), c.begin),
    end: pick(new BigUint64Array(n), c.end),
    reply: pick(new BigUint64Array(n), c.reply),
    type: pick(new Uint16Array(n), c.type),
    role: pick(new Uint8Array(n), c.role),
    flags: pick(new Uint32Array(n), c.flags),
    offset: pick(new BigUint64Array(n), c.offset),
    length: pick(new BigUint64Array(n), c.length),
    result: pick(new BigInt64Array(n), c.result),
    errno: pick(new Int16Array(n), c.errno),
    pid: pick(new Int32Array(n), c.pid),
    parent: pick(new Uint32Array(n), c.parent),
    source: pick(new Uint8Array(n), c.source),
    state: pick(new Uint8Array(n), c.state),
  };
}
