import { Errno } from '@mapscope/shared/wire';
import type { Inode } from '../inode.ts';
import type { Answer } from '../op.ts';
import type { Request } from '../request.ts';
import type { Routine } from '../routine.ts';
import type { Session } from '../session.ts';

/**
 * Run `body` when no other data request of this inode is under way, then see what the filesystem changed on the side. An INTERRUPT
 * while waiting in line answers EINTR.
 */
export function* inTurn(session: Session, request: Request, inode: Inode, body: () => Routine<Answer>): Routine<Answer> {
  const turn = inode.takeTurn(request),
    isMine = turn instanceof Promise ? ((yield turn) as boolean) : turn;
  if (!isMine) return -Errno.EINTR;
  // What has begun runs to its end: half a write must not look like none.
  request.interrupt = undefined;
  try {
    const answer = yield* body();
    const looked = session.upkeep.lookAgain(inode, request.op);
    if (looked instanceof Promise) yield looked;
    return answer;
  } finally {
    inode.giveTurn();
  }
}
