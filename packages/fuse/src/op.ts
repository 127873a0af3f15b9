import { opcodeName } from '@mapscope/shared/wire';
import { type Request, slotOf } from './request.ts';
import type { Routine } from './routine.ts';
import type { Session } from './session.ts';

/** A reply: 0 for success without a body, a negative errno, or the body. */
type Answered = number | Uint8Array;
/** `undefined`: no reply at all. */
export type Answer = Answered | undefined;

interface Layout {
  readonly name: string;
  readonly size: number;
  readonly slots: readonly { readonly name: string; readonly at: number }[];
}

/** What follows the arguments: nothing, so many names each with its NUL, or bytes. */
type Tail = 'none' | 'name' | 'two names' | 'bytes';
/** The reply's body: none and no reply either, none, a struct of fixed size (or two), or bytes up to what was asked for. */
type ReplyShape = 'no reply' | 'empty' | 'bytes' | readonly Layout[];

export interface Op {
  readonly opcode: number;
  /** Arguments that must be there; undefined: none, or the handler looks itself because their size varies. */
  readonly args: Layout | undefined;
  readonly tail: Tail;
  readonly reply: ReplyShape;
  /** Fields that say which part of the file is meant, for the op's row. */
  readonly range: readonly [pos: string, count: string] | undefined;
  /** Where bytes of the file travel, if they do. */
  readonly data: 'in request' | 'in reply' | undefined;
  /** A routine where it may have to wait. */
  readonly handle: (session: Session, request: Request) => Routine<Answer> | Answer;
}

/** A row with what follows from its columns, worked out once. */
export interface ReadyOp extends Op {
  readonly name: string;
  readonly argsSize: number;
  /** Size of the body, or -1: not fixed. */
  readonly replySize: number;
  /** Where pos and count stand, from the end of the header; -1: nowhere. */
  readonly posAt: number;
  readonly countAt: number;
  readonly isCount32: boolean;
}

export const ready = (op: Op): ReadyOp => ({
  ...op,
  name: opcodeName(op.opcode),
  argsSize: op.args?.size ?? 0,
  replySize: typeof op.reply === 'object' ? op.reply.reduce((n, s) => n + s.size, 0) : op.reply === 'empty' ? 0 : -1,
  posAt: op.range && op.args ? slotOf(op.args, op.range[0]) : -1,
  countAt: op.range && op.args ? slotOf(op.args, op.range[1]) : -1,
  isCount32: op.range?.[1] === 'size',
});
