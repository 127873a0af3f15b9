import { Asker, EndFlag, How, Kind, NO_ADDR, opId, OpType, type SourceId } from '../trace/index.ts';
import type { Inode } from './inode.ts';
import type { Rows } from './rows.ts';
import type { Served } from './server-threads.ts';

/** Who did something, when and where. One object is filled anew for each record. */
export interface Moment {
  time: bigint;
  cpu: number;
  pid: number;
}

/** Begins and ends of ops as rows. */
export class Ops {
  private readonly rows: Rows;
  private readonly source: SourceId;
  private n = 0;

  constructor(rows: Rows, source: SourceId) {
    this.rows = rows;
    this.source = source;
  }

  /** An id that no other op or I/O of this stream has. */
  next(): number {
    return opId(this.source, ++this.n);
  }

  /** `inode` undefined: nothing tells which it is about. */
  begin(
    { time, cpu, pid }: Moment,
    inode: Inode | undefined,
    type: OpType,
    flags: number,
    offset: bigint,
    length: bigint,
    parent: number,
    unique = NO_ADDR,
  ): number {
    const op = this.next(),
      i = this.rows.begin(Kind.opBegin, time, cpu, pid, inode),
      c = this.rows.columns;
    c.op[i] = op;
    c.type[i] = type;
    c.role[i] = Asker.kernel;
    c.flags[i] = flags;
    c.offset[i] = offset;
    c.length[i] = length;
    c.parent[i] = parent;
    c.addr[i] = unique;
    return op;
  }

  /** It was answered, and is not over. */
  reply({ time, cpu, pid }: Moment, inode: Inode, op: number, type: OpType, errno = 0): void {
    const i = this.rows.begin(Kind.opReply, time, cpu, pid, inode),
      c = this.rows.columns;
    c.op[i] = op;
    c.type[i] = type;
    c.errno[i] = errno;
  }

  /** `errno` is positive; `how` unknown: its end was not seen. */
  end(
    { time, cpu, pid }: Moment,
    inode: Inode | undefined,
    op: number,
    type: OpType,
    result: bigint,
    errno: number,
    flags = 0,
    how: How = How.observed,
  ): number {
    const i = this.rows.begin(Kind.opEnd, time, cpu, pid, inode),
      c = this.rows.columns;
    c.op[i] = op;
    c.type[i] = type;
    c.role[i] = Asker.kernel;
    c.result[i] = result;
    c.errno[i] = errno;
    c.flags[i] = how === How.unknown ? flags | EndFlag.unseen : flags;
    c.how[i] = how;
    return i;
  }

  /** A request to a FUSE server is over. */
  endRequest(moment: Moment, inode: Inode | undefined, op: number, result: bigint, errno: number, { taken, answering }: Served): void {
    const i = this.end(moment, inode, op, OpType.request, result, errno),
      c = this.rows.columns;
    c.offset[i] = taken;
    c.length[i] = answering;
  }
}
