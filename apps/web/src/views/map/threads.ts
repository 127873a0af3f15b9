import { FolioState, MapType } from '@mapscope/shared/trace';
import { maxBig, minBig } from '@mapscope/shared/units';
import { edgesOf, isDirtyState, type Lane } from '../../draw/index.ts';
import type { FolioBar } from '../folio-bars.ts';
import { endsOf, type Ground } from './ribbons.ts';
import type { Piece, Thread } from './scene.ts';

const LEAST_PX = 1.5;

/**
 * Dirty and outgoing bytes run on to where they will land: the pending place first (copy on write), else the one they have; without a
 * place they fray out. One sweep over folios, pending and data pieces, all in file order.
 */
export function threadsOf(
  folios: readonly FolioBar[],
  pending: readonly Piece[],
  data: readonly Piece[],
  lane: Lane,
  end: bigint,
  ground: Ground,
): Thread[] {
  const out: Thread[] = [];
  let p = 0,
    d = 0;
  for (const folio of folios) {
    const isWriteback = folio.state === FolioState.writeback;
    if (!isWriteback && !isDirtyState(folio.state)) continue;
    for (let at = folio.from, until = minBig(folio.to, end); at < until;) {
      while (p < pending.length && pending[p]!.to <= at) p++;
      while (d < data.length && data[d]!.to <= at) d++;
      const ahead = pending[p],
        under = data[d];
      const isPending = ahead !== undefined && ahead.from <= at,
        over = isPending ? ahead : under && under.from <= at ? under : undefined;
      // As far as the same thing lies below: to its end, or to where something pending or known begins.
      let to = over ? minBig(until, over.to) : until;
      for (const next of [ahead, under]) if (next && next !== over && next.from > at) to = minBig(to, next.from);
      const thread = threadOver(over, at, to, isWriteback, lane, ground);
      if (thread) append(out, thread);
      at = to;
    }
  }
  return out;
}

function threadOver(
  over: Piece | undefined,
  from: bigint,
  to: bigint,
  isWriteback: boolean,
  lane: Lane,
  ground: Ground,
): Thread | undefined {
  const edges = edgesOf(lane, from, to);
  if (!edges) return undefined;
  const x0 = Math.min(edges[0], lane.left + lane.width - LEAST_PX),
    thread = { from, to, x0, x1: Math.max(edges[1], x0 + LEAST_PX), isWriteback };
  if (over?.type === MapType.DELALLOC) return { ...thread, end: 'delalloc' };
  if (over?.type === MapType.INLINE && ground.inode)
    return { ...thread, end: [ground.inode.x, ground.inode.x + Math.min(ground.inode.w, thread.x1 - x0)] };
  if (!over?.place) return { ...thread, end: 'unasked' };
  // `place` begins with the part in view; both are cut to it.
  const shift = (byte: bigint): bigint => over.addr + (byte - over.from),
    place = { device: over.device, from: maxBig(shift(from), over.place.from), to: minBig(shift(to), over.place.to) };
  const end = place.to > place.from ? endsOf(place, ground) : undefined;
  return end && { ...thread, end };
}

/** Neighbours that run side by side are one thread. */
function append(out: Thread[], thread: Thread): void {
  const last = out.at(-1);
  if (last && last.to === thread.from && last.isWriteback === thread.isWriteback) {
    if (typeof last.end === 'string' && last.end === thread.end) {
      out[out.length - 1] = { ...last, to: thread.to, x1: thread.x1 };
      return;
    }
    if (typeof last.end !== 'string' && typeof thread.end !== 'string' && Math.abs(thread.end[0] - last.end[1]) < 0.01) {
      out[out.length - 1] = { ...last, to: thread.to, x1: thread.x1, end: [last.end[0], thread.end[1]] };
      return;
    }
  }
  out.push(thread);
}
