import { OpType } from '../trace/index.ts';
import { Opcode } from '../wire/index.ts';
import type { Inode } from './inode.ts';
import type { Moment, Ops } from './ops.ts';
import type { Asked } from './request-lines.ts';
import type { ServerThreads } from './server-threads.ts';

/** A request that its server has not answered. */
interface Request extends Asked {
  /** 0: nobody is told of it, since it is our own. */
  readonly op: number;
  readonly opcode: number;
  readonly inode: Inode | undefined;
}

/** An op that asks a server something. */
interface Asking {
  readonly inode: Inode;
  readonly op: number;
}

/** Requests that are waited for at most: the end of the eldest was lost. */
const MOST = 1 << 16;
const CONNECTION_BITS = 32n;

/** Requests to FUSE servers, from when the kernel queues them until it has taken their answer. A connection never uses a `unique` again. */
export class Requests {
  private readonly ops: Ops;
  private readonly servers: ServerThreads;
  private readonly open = new Map<bigint, Request>();

  constructor(ops: Ops, servers: ServerThreads) {
    this.ops = ops;
    this.servers = servers;
  }

  /** `bytes`: of the message; `length`: those that it is about. `asking`: the op that it is part of; of others nothing tells which file they are about. */
  send(
    moment: Moment,
    connection: number,
    unique: bigint,
    opcode: number,
    bytes: number,
    { length, asking, isOwn }: { readonly length: bigint; readonly asking: Asking | undefined; readonly isOwn: boolean },
  ): void {
    if (this.open.size >= MOST) for (const [eldest] of this.open) if (this.open.delete(eldest)) break;
    const inode = asking?.inode,
      op = isOwn ? 0 : this.ops.begin(moment, inode, OpType.request, opcode, 0n, length, asking?.op ?? 0, unique),
      request: Request = { connection, unique, bytes, sent: moment.time, op, opcode, inode };
    this.open.set(keyOf(connection, unique), request);
    this.servers.queued(request);
  }

  /** `errno` is positive; `bytes`: of the answer behind its header. */
  end(moment: Moment, connection: number, unique: bigint, errno: number, bytes: bigint): void {
    const key = keyOf(connection, unique),
      request = this.open.get(key);
    // Sent before the trace began.
    if (!request) return;
    this.open.delete(key);
    const served = this.servers.ended(moment.pid, moment.time, request);
    if (request.op === 0) return;
    const { op, opcode, inode } = request,
      // What else was done stands in answers that the trace does not hold.
      result = opcode === Opcode.READ ? bytes : 0n;
    this.ops.endRequest(moment, inode, op, errno === 0 ? result : BigInt(-errno), errno, served);
  }
}

const keyOf = (connection: number, unique: bigint): bigint => (unique << CONNECTION_BITS) | BigInt(connection);
