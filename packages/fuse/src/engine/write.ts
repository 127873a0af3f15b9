import { MapType } from '@mapscope/shared/trace';
import { ceilTo, floorTo, minBig } from '@mapscope/shared/units';
import { Errno, MapFlag, OpFlag } from '@mapscope/shared/wire';
import type { Inode } from '../inode.ts';
import { type Routine, settle } from '../routine.ts';
import type { Ask } from './ask.ts';
import { isFresh } from './data.ts';
import type { Parts } from './parts.ts';
import type { Step } from './upcalls.ts';
import { walkAgain } from './walk.ts';

/**
 * Bytes to where the filesystem says, step by step. `mayGrow`: a step past the end of the file grows it. Answers bytes done or a
 * negative errno; WRITEBACK and ATOMIC do all or answer an errno.
 */
export function* put(p: Parts, inode: Inode, ask: Ask, opflags: number, pos: bigint, data: Uint8Array, mayGrow: boolean): Routine<number> {
  const isAllOrNothing = (opflags & (OpFlag.WRITEBACK | OpFlag.ATOMIC)) !== 0;
  let done = 0;
  while (done < data.length) {
    const at = pos + BigInt(done),
      left = BigInt(data.length - done);
    const begun = p.upcalls.begin(inode, ask, opflags, at, left),
      step = begun instanceof Promise ? ((yield begun) as Step | number) : begun;
    if (typeof step === 'number') return done > 0 && !isAllOrNothing ? done : step;
    const n = Number(step.to - at),
      part = n === data.length ? data : data.subarray(done, done + n);
    const errno = yield* putStep(p, step, left, part, mayGrow);
    if (errno < 0) {
      yield* walkAgain(p, inode, step.op, step.read.offset, step.read.offset + step.read.length);
      return done > 0 && !isAllOrNothing ? done : errno;
    }
    done += n;
  }
  return done;
}

/** One step from its begin to what is so after its end: 0, or a negative errno. */
function* putStep(p: Parts, step: Step, left: bigint, part: Uint8Array, mayGrow: boolean): Routine<number> {
  const { inode, op, to } = step,
    from = step.begin.pos,
    low = floorTo(from, p.block),
    high = ceilTo(to, p.block);
  // A copy is pending from the moment its place is known until the filesystem takes it into the map.
  const isCopy = step.source?.type === MapType.MAPPED && step.target.type !== MapType.DELALLOC;
  if (isCopy) p.evidence.pending(inode, op, step.target, low, high);
  const stored = refusal(step, left, p.block) || p.data.store(step, from, part);
  const grows = mayGrow && stored > 0 && to > inode.size;
  const ended = yield* settle(p.upcalls.end(step, BigInt(stored), grows ? MapFlag.SIZE_CHANGED : 0));
  const errno = stored < 0 ? stored : ended;
  if (errno < 0) {
    if (isCopy) p.evidence.settled(inode, op, low, high);
    return errno;
  }
  if (grows) {
    p.fs.extended?.(inode.node, to);
    p.onResize(inode, to);
  }
  yield* tellWritten(p, step, low, high);
  return 0;
}

/** Say what is so after the blocks [low, high) went to the step's target and the end was accepted. */
function* tellWritten(p: Parts, step: Step, low: bigint, high: bigint): Routine<void> {
  const { inode, op, target, source } = step;
  if (target.type === MapType.DELALLOC) {
    p.dirtyInodes.add(inode);
    p.evidence.pending(inode, op, target, low, high);
  } else if (target.type === MapType.INLINE) {
    if (source) yield* walkAgain(p, inode, op, low, high);
  } else if (isFresh(step)) yield* tellConverted(p, step, low, high);
}

/** Fresh blocks hold data now. */
function* tellConverted(p: Parts, { inode, op, target, source, read, isEndSent }: Step, low: bigint, high: bigint): Routine<void> {
  // A conversion that nobody was asked to make did not happen.
  if (target.type === MapType.MAPPED || isEndSent) p.evidence.written(inode, op, target, low, high);
  if (read.type === MapType.DELALLOC || source?.type === MapType.MAPPED) p.evidence.settled(inode, op, low, high);
  // A target that is wider than what was written: only the filesystem knows what became of the rest.
  if (source && (target.offset < low || target.offset + target.length > high))
    yield* walkAgain(p, inode, op, target.offset, target.offset + target.length);
}

/** Make [from, to) read as zeroes: holes and clean unwritten space already do, and are passed over. 0, or a negative errno. */
export function* zero(p: Parts, inode: Inode, ask: Ask, from: bigint, to: bigint, opflags: number): Routine<number> {
  for (let at = from; at < to;) {
    const step = yield* settle(p.upcalls.begin(inode, ask, opflags, at, to - at));
    if (typeof step === 'number') return step;
    const { type } = step.source && step.source.type !== MapType.HOLE ? step.source : step.target;
    const isZero = type === MapType.HOLE || type === MapType.UNWRITTEN;
    if (isZero) inode.dirty?.zero(at, Number(step.to - at));
    const stored = isZero ? 0 : storeZeroes(p, step);
    const ended = yield* settle(p.upcalls.end(step, stored < 0 ? BigInt(stored) : step.to - at));
    if (stored < 0 || ended < 0) return stored < 0 ? stored : ended;
    if (!isZero) yield* tellWritten(p, step, floorTo(at, p.block), ceilTo(step.to, p.block));
    at = step.to;
  }
  return 0;
}

function storeZeroes(p: Parts, step: Step): number {
  return p.buffers.use((whole) => {
    whole.fill(0);
    // By whole blocks, so that no piece but the first and the last has an edge inside a block.
    const most = floorTo(BigInt(whole.length), p.block) - p.block;
    for (let at = step.begin.pos; at < step.to;) {
      const next = minBig(floorTo(at, p.block) + most, step.to),
        stored = p.data.store(step, at, whole.subarray(0, Number(next - at)));
      if (stored < 0) return stored;
      at = next;
    }
    return 0;
  });
}

/** Copy what is shared in [from, to) to a place of its own: only a SHARED target with a MAPPED source has something to copy. */
export function* unshare(p: Parts, inode: Inode, ask: Ask, from: bigint, to: bigint): Routine<number> {
  const most = floorTo(BigInt(p.buffers.size), p.block) - p.block,
    opflags = (OpFlag.WRITE | OpFlag.UNSHARE) >>> 0;
  for (let at = from; at < to;) {
    const step = yield* settle(p.upcalls.begin(inode, ask, opflags, at, minBig(to - at, most)));
    if (typeof step === 'number') return step;
    const isShared = step.source?.type === MapType.MAPPED && (step.target.flags & MapFlag.SHARED) !== 0;
    const stored = isShared ? copy(p, step) : 0;
    const ended = yield* settle(p.upcalls.end(step, stored < 0 ? BigInt(stored) : step.to - at));
    if (stored < 0 || ended < 0) return stored < 0 ? stored : ended;
    if (isShared) yield* tellWritten(p, step, floorTo(at, p.block), ceilTo(step.to, p.block));
    at = step.to;
  }
  return 0;
}

const copy = (p: Parts, step: Step): number =>
  p.buffers.use((whole) => {
    const at = step.begin.pos,
      bytes = whole.subarray(0, Number(step.to - at));
    const loaded = p.data.load(step.op, step.inode, step.source!, at, bytes);
    return loaded < 0 ? loaded : p.data.store(step, at, bytes);
  });

/** What an operation forbids although the mapping is legal (spec/protocol.md 4.3): a negative errno, or 0. */
function refusal(step: Step, left: bigint, block: bigint): number {
  const { opflags, pos } = step.begin,
    { target } = step,
    isWhole = step.to - pos >= left;
  if (opflags & OpFlag.ATOMIC && !isWhole) return -Errno.EINVAL;
  if (!(opflags & OpFlag.OVERWRITE_ONLY)) return 0;
  const isAligned = pos % block === 0n && left % block === 0n;
  const isAllowed = target.type === MapType.MAPPED || (target.type === MapType.UNWRITTEN && isAligned && !(opflags & OpFlag.DAX));
  return isWhole && !step.source && isAllowed ? 0 : -Errno.EAGAIN;
}
