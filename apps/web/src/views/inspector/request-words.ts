import { isWatched, type Op } from '@mapscope/shared/model';
import { How } from '@mapscope/shared/trace';
import { U64_MAX } from '@mapscope/shared/units';
import { sayDuration } from '../../axis/index.ts';
import { sayHow } from '../hit.ts';

type Times = Pick<Op, 'type' | 'source' | 'begin' | 'taken' | 'reply' | 'end'>;

/** Where the time of a request went, each part with how it is known: in the queue, with the server, and in the call that brings the answer. */
export function requestTimes(op: Times): readonly (readonly [name: string, text: string])[] {
  const { begin, taken, reply, end } = op;
  if (!isWatched(op) || end === U64_MAX) return [];
  const part = (from: bigint, to: bigint, how: How): string => `${sayDuration(to - from)}, ${sayHow(how)}`;
  if (reply === U64_MAX)
    return [
      ['queue, server', 'not told apart. `watch --request-times` sees when servers take requests and answer, unless they do by io_uring'],
    ];
  const brought = ['reply', part(reply, end, How.observed)] as const;
  return taken === U64_MAX
    ? [['queue, server', `${part(begin, reply, How.observed)}; not told apart: more than one read may have taken it`], brought]
    : [['queue', part(begin, taken, How.derived)], ['server', part(taken, reply, How.derived)], brought];
}
