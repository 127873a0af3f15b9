import { OpType } from '../trace/index.ts';
import type { Ops } from './ops.ts';
import { type Op, OpState } from './op.ts';

/** A page fault: what was tried, and what came of it. */
export interface Fault {
  readonly op: Op;
  /** The page that was tried has 2^order base pages. */
  readonly order: number;
  /** VM_FAULT bits of its end; 0 while it is open. */
  readonly result: number;
  /** That page could not be: a smaller one was tried next. */
  readonly fellBack: boolean;
}

/** VM_FAULT_FALLBACK of `enum vm_fault_reason`. */
const FALLBACK = 0x800;

/** A fault op, explained; undefined for any other op. `pageSize`: of the machine, bytes. */
export function faultOf(op: Op, pageSize: bigint): Fault | undefined {
  if (op.type !== OpType.fault) return undefined;
  const isOver = (op.state & OpState.ended) !== 0,
    result = isOver ? op.endFlags : 0;
  return { op, order: orderOf(op.length, pageSize), result, fellBack: (result & FALLBACK) !== 0 };
}

/** What was tried one after the other until a page was there, the largest first: each is the parent of what it fell back to. */
export function faultChain(ops: Ops, id: number, pageSize: bigint): Fault[] {
  const chain: Fault[] = [];
  let first = ops.find(id);
  // Ids begin anew after 2^28 of them: a chain that bites its tail ends.
  for (const climbed = new Set<number>(); first && !climbed.has(first.op);) {
    climbed.add(first.op);
    const parent: Op | undefined = first.parent === 0 ? undefined : ops.find(first.parent);
    if (!parent || !isFallback(parent, first)) break;
    first = parent;
  }
  for (const met = new Set<number>(); first && !met.has(first.op);) {
    met.add(first.op);
    const fault = faultOf(first, pageSize);
    if (!fault) break;
    chain.push(fault);
    const large = first;
    first = ops.childrenOf(large.op).find((child) => isFallback(large, child));
  }
  return chain;
}

/** What is tried next begins behind the end of what fell back; what a fault asks the filesystem belongs to it too, and begins before. */
const isFallback = (large: Op, next: Op): boolean =>
  large.type === OpType.fault && next.type === OpType.fault && (large.endFlags & FALLBACK) !== 0 && next.begin >= large.end;

function orderOf(length: bigint, pageSize: bigint): number {
  let order = 0;
  for (let pages = length / pageSize; pages > 1n; pages >>= 1n) order++;
  return order;
}
