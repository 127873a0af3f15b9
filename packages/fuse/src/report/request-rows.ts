import { MessagePart, OpType } from '@mapscope/shared/trace';
import { inHeader, Opcode, releaseIn } from '@mapscope/shared/wire';
import type { Handles } from '../handles.ts';
import type { Answer, ReadyOp } from '../op.ts';
import { type Request, slotOf } from '../request.ts';
import type { Report } from './report.ts';

const fhAt = slotOf(releaseIn, 'fh');

/** The rows of a request from its arrival to its answer, its bytes included. */
export class RequestRows {
  private readonly report: Report;
  private readonly handles: Handles;
  private readonly ownPids: ReadonlySet<number>;

  constructor(report: Report, handles: Handles, ownPids: ReadonlySet<number>) {
    this.report = report;
    this.handles = handles;
    this.ownPids = ownPids;
  }

  /** Gives the request its op; none when it is one of our own. */
  asked(q: Request, op: ReadyOp | undefined): void {
    const { report } = this,
      isWhole = op !== undefined && q.end >= inHeader.size + op.argsSize;
    report.tick();
    if (this.isOwn(q, isWhole)) return;
    const inode = q.inode?.number ?? 0,
      hasRange = isWhole && op.posAt >= 0;
    const pos = hasRange ? q.u64(op.posAt) : 0n,
      count = hasRange ? (op.isCount32 ? BigInt(q.u32(op.countAt)) : q.u64(op.countAt)) : 0n;
    q.op = report.request(inode, q.opcode, pos, count, q.pid, q.unique);
    const cut = op?.data === 'in request' && isWhole ? inHeader.size + op.argsSize : q.length,
      { bytes } = q.inbox;
    report.message(
      q.op,
      inode,
      MessagePart.request,
      q.opcode,
      bytes.subarray(0, cut),
      cut < q.length ? bytes.subarray(cut, q.length) : undefined,
      true,
    );
  }

  /** `head` is the reply's header, already filled in. */
  answered(q: Request, op: ReadyOp | undefined, answer: Answer, head: Uint8Array): void {
    if (q.op === 0) return;
    const { report } = this,
      inode = q.inode?.number ?? 0,
      body = typeof answer === 'number' ? undefined : answer;
    const errno = typeof answer === 'number' ? -answer : 0;
    if (answer !== undefined) {
      report.message(q.op, inode, MessagePart.reply, q.opcode, head, body, op?.data === 'in reply');
      report.reply(q.op, OpType.request, inode, errno);
    }
    report.end(q.op, OpType.request, inode, errno > 0 ? BigInt(-errno) : moved(op, body), 0);
  }

  /** RELEASE has no pid that means anything: it is ours when the handle was opened by us. */
  private isOwn(q: Request, isWhole: boolean): boolean {
    return this.ownPids.has(q.pid) || (q.opcode === Opcode.RELEASE && isWhole && this.handles.isHidden(q.u64(fhAt)));
  }
}

/** Bytes of the file that moved. */
function moved(op: ReadyOp | undefined, body: Uint8Array | undefined): bigint {
  if (!body || !op?.data) return 0n;
  return op.data === 'in reply' ? BigInt(body.length) : BigInt(new DataView(body.buffer, body.byteOffset).getUint32(0, true));
}
