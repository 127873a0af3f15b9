import { inHeader } from '@mapscope/shared/wire';
import type { ReadyOp } from './op.ts';
import type { Request } from './request.ts';

/** Errnos below are refused by the kernel (spec/protocol.md 1.1). */
const LEAST_ERROR = -511;

/** Arguments are there and names have their NUL: then no handler can read past the request. */
export function isWellFormed(q: Request, op: ReadyOp): boolean {
  if (q.end < inHeader.size + op.argsSize) return false;
  if (op.names === 0) return true;
  const tail = q.tail(op.argsSize),
    end = tail.indexOf(0);
  if (end < 1) return false;
  if (op.names === 1) q.names = [tail.subarray(0, end)];
  else {
    const second = tail.indexOf(0, end + 1);
    if (second < end + 2) return false;
    q.names = [tail.subarray(0, end), tail.subarray(end + 1, second)];
  }
  return true;
}

/** A reply the kernel would refuse is our bug; it must not leave the caller waiting. */
export function fits(value: number | Uint8Array, op: ReadyOp): boolean {
  if (typeof value === 'number') return value < 0 ? value >= LEAST_ERROR : value === 0 && op.replySize <= 0;
  return op.replySize < 0 || value.length === op.replySize;
}
