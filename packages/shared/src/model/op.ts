import { type Asker, type How, OpType, SourceId } from '../trace/index.ts';
import type { Mapping } from './mappings.ts';

/** What is known of an op's life, bits. */
export const OpState = {
  replied: 1,
  ended: 2,
  /** Its begin was not seen: it began earlier. */
  beganEarlier: 4,
  /** Rows were lost while it was open: its end may be among them. */
  endInDoubt: 8,
  /** Given up: its id began anew, or too many were open. An opEnd row of time 2^64 - 1 says so. */
  neverEnded: 16,
  /** The file's data map changed while it was open, and not by itself. */
  mapChanged: 32,
  /** Rows were lost that may have changed it meanwhile. */
  mapInDoubt: 64,
  /** Its inode went without a name: it may lie outside of what is watched. */
  nameless: 128,
} as const;

export interface Op {
  readonly op: number;
  readonly inode: number;
  readonly type: OpType;
  readonly asker: Asker;
  readonly source: SourceId;
  readonly how: How;
  /** Op flags; opcode of a request. */
  readonly flags: number;
  readonly from: bigint;
  readonly length: bigint;
  readonly pid: number;
  readonly cpu: number;
  readonly parent: number;
  /** Of a request, else 2^64 - 1. */
  readonly unique: bigint;
  readonly begin: bigint;
  /** Of a request to a server that we only watch: when it took it from its queue, as its system calls show. 2^64 - 1: not known. */
  readonly taken: bigint;
  /** 2^64 - 1: not answered, or not said. Of a request to a server that we only watch, when it began to answer. */
  readonly reply: bigint;
  readonly replyErrno: number;
  /** 2^64 - 1: still open. */
  readonly end: bigint;
  readonly result: bigint;
  readonly errno: number;
  /** EndFlag bits. */
  readonly endFlags: number;
  /** OpState bits. */
  readonly state: number;
  /** Of a writeback: runs of dirty bytes that went into its ioend; 0: not known how many. */
  readonly runs: number;
  readonly mappings: readonly Mapping[];
}

/** Whether it is a request to a server that is only watched: its own server does not tell of it. */
export const isWatched = ({ type, source }: Pick<Op, 'type' | 'source'>): boolean =>
  type === OpType.request && (source === SourceId.tracefs || source === SourceId.import);
