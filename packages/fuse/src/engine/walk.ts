import { MapType } from '@mapscope/shared/trace';
import { Errno, OpFlag } from '@mapscope/shared/wire';
import type { Inode } from '../inode.ts';
import { type Routine, settle } from '../routine.ts';
import { type Ask, reportAsk } from './ask.ts';
import type { Parts } from './parts.ts';
import type { Step } from './upcalls.ts';

/** `SEEK_DATA` and `SEEK_HOLE` of lseek(2). */
export const Seek = { data: 3, hole: 4 } as const;

/**
 * Ask where [from, to) is now, as FIEMAP would, until it is enough: each answer becomes an extent row. Answers where to go on, or undefined:
 * that was all. An errno ends it: the rest stays as it was known.
 */
export function* walk(
  p: Parts,
  inode: Inode,
  from: bigint,
  to: bigint,
  ask: Ask,
  isEnough: () => boolean = () => false,
): Routine<bigint | undefined> {
  p.evidence.changed(inode, from, to);
  for (let at = from; at < to;) {
    const step = yield* settle(p.upcalls.begin(inode, ask, OpFlag.REPORT, at, to - at));
    if (typeof step === 'number') return undefined;
    yield* settle(p.upcalls.end(step, step.to - at));
    at = step.to;
    if (at < to && isEnough()) return at;
  }
  return undefined;
}

/** The same, on behalf of op `parent`, after a change whose outcome only the filesystem knows. */
export const walkAgain = (p: Parts, inode: Inode, parent: number, from: bigint, to: bigint): Routine<bigint | undefined> =>
  walk(p, inode, from, to, reportAsk(parent));

/** An offset, or a negative errno. Dirty blocks are data, whatever the map says of them. */
export function* seek(p: Parts, inode: Inode, ask: Ask, from: bigint, whence: number): Routine<bigint> {
  if (from < 0n || from >= inode.size) return BigInt(-Errno.ENXIO);
  for (let at = from; at < inode.size;) {
    const step = yield* settle(p.upcalls.begin(inode, ask, OpFlag.REPORT, at, inode.size - at));
    if (typeof step === 'number') return BigInt(step);
    yield* settle(p.upcalls.end(step, step.to - at));
    const found = foundIn(step, at, whence);
    if (found !== undefined) return found;
    at = step.to;
  }
  return whence === Seek.hole ? inode.size : BigInt(-Errno.ENXIO);
}

function foundIn(step: Step, at: bigint, whence: number): bigint | undefined {
  const { type } = step.read,
    { dirty } = step.inode;
  const isData = type === MapType.MAPPED || type === MapType.INLINE || type === MapType.DELALLOC;
  if (whence === Seek.data) return isData ? at : dirty?.firstDirty(at, step.to);
  if (isData) return undefined;
  const clean = dirty?.firstClean(at) ?? at;
  return clean < step.to ? clean : undefined;
}
