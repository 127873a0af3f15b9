import { type MessageRow, messageTable } from '@mapscope/shared/wire';
import { type Request, slotOf } from './request.ts';
import type { Routine } from './routine.ts';
import type { Session } from './session.ts';

/** A reply: 0 for success without a body, a negative errno, or the body. */
type Answered = number | Uint8Array;
/** `undefined`: no reply at all. */
export type Answer = Answered | undefined;

/** What is done with an opcode. */
export interface Op {
  readonly opcode: number;
  /** Fields of its arguments that say which part of the file is meant, for the op's row. */
  readonly range: readonly [pos: string, count: string] | undefined;
  /** Where bytes of the file travel, if they do. */
  readonly data: 'in request' | 'in reply' | undefined;
  /** A routine where it may have to wait. */
  readonly handle: (session: Session, request: Request) => Routine<Answer> | Answer;
}

/** A row with what follows from the wire's table, worked out once. */
export interface ReadyOp extends Op {
  readonly name: string;
  /** Bytes of arguments that must be there; the handler looks itself where their size varies. */
  readonly argsSize: number;
  /** Names behind the arguments, each with its NUL. */
  readonly names: 0 | 1 | 2;
  /** It gets no reply when all is well. */
  readonly isSilent: boolean;
  /** Size of the body, or -1: not fixed. */
  readonly replySize: number;
  /** Where pos and count stand, from the end of the header; -1: nowhere. */
  readonly posAt: number;
  readonly countAt: number;
  readonly isCount32: boolean;
}

const namesOf = { name: 1, 'two names': 2 } as const;
const sizeOf = ({ reply, replyTail }: MessageRow): number =>
  !reply || replyTail !== 'none' ? -1 : reply.reduce((size, table) => size + table.size, 0);

export function ready(op: Op): ReadyOp {
  const row = messageTable.get(op.opcode)!,
    { args, tail } = row;
  return {
    ...op,
    name: row.name,
    argsSize: row.leastArgs,
    names: tail === 'name' || tail === 'two names' ? namesOf[tail] : 0,
    isSilent: row.reply === undefined,
    replySize: sizeOf(row),
    posAt: op.range && args ? slotOf(args, op.range[0]) : -1,
    countAt: op.range && args ? slotOf(args, op.range[1]) : -1,
    isCount32: op.range?.[1] === 'size',
  };
}
