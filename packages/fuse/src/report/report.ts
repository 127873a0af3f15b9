import { Asker, How, Introduction, IoStage, Kind, type MessagePart, OpType, opId } from '@mapscope/shared/trace';
import type { DeviceInfo, Mapping } from '../filesystem.ts';
import type { Inode } from '../inode.ts';
import { Batch, type BatchOptions } from './batch.ts';

export interface ReportOptions extends BatchOptions {
  /** At most so many bytes of a message are kept. */
  readonly messageBytes?: number;
  /** Of the data in a READ reply or WRITE request at most so many: 1 MiB writes must not fill the pipe. */
  readonly payloadBytes?: number;
}

/**
 * The rows of docs/architecture.md for source fuse, written straight into columns: no object an event. Op 0 is an op nobody is to see
 * (a request of mapscope's own processes): its rows are left out.
 */
export class Report extends Batch {
  private readonly messageBytes: number;
  private readonly payloadBytes: number;
  private ops = 0;
  /** Numbers are given in order: one above all that were told is new. */
  private newestInode = 0;

  constructor(options: ReportOptions) {
    super(options);
    this.messageBytes = options.messageBytes ?? 4096;
    this.payloadBytes = options.payloadBytes ?? 64;
  }

  device(device: DeviceInfo): void {
    const i = this.row(Kind.device);
    this.rows.device[i] = device.cookie;
    this.rows.length[i] = device.size;
    this.rows.addr[i] = BigInt(device.blockSize);
    this.rows.bytes(Buffer.from(device.path));
  }

  inode(inode: Inode, path: Uint8Array, blockSize: number): void {
    const i = this.row(Kind.inode);
    this.rows.inode[i] = inode.number;
    this.rows.offset[i] = inode.ino;
    this.rows.length[i] = inode.size;
    this.rows.addr[i] = inode.generation;
    this.rows.flags[i] = blockSize;
    this.rows.type[i] = inode.mode;
    if (inode.number > this.newestInode) {
      this.newestInode = inode.number;
      this.rows.role[i] = Introduction.first;
    }
    this.rows.bytes(path);
  }

  inodeGone(inode: number): void {
    this.rows.inode[this.row(Kind.inodeGone)] = inode;
  }

  /** A request of the kernel: pos and count where it has them. Answers its op. */
  request(inode: number, opcode: number, pos: bigint, count: bigint, pid: number, unique: bigint): number {
    const op = this.nextOp(),
      i = this.row(Kind.opBegin);
    this.begun(i, op, OpType.request, Asker.kernel, inode, opcode, pos, count, pid, 0);
    this.rows.addr[i] = unique;
    return op;
  }

  /** An iomap_begin, asked by `asker`. Answers its op. */
  iomap(parent: number, asker: Asker, inode: number, opflags: number, pos: bigint, count: bigint, pid: number): number {
    const op = this.nextOp();
    this.begun(this.row(Kind.opBegin), op, OpType.iomap, asker, inode, opflags, pos, count, pid, parent);
    return op;
  }

  private begun(
    i: number,
    op: number,
    type: OpType,
    asker: Asker,
    inode: number,
    flags: number,
    pos: bigint,
    count: bigint,
    pid: number,
    parent: number,
  ): void {
    const { rows } = this;
    rows.op[i] = op;
    rows.type[i] = type;
    rows.role[i] = asker;
    rows.inode[i] = inode;
    rows.flags[i] = flags;
    rows.offset[i] = pos;
    rows.length[i] = count;
    rows.pid[i] = pid;
    rows.parent[i] = parent;
  }

  reply(op: number, type: OpType, inode: number, errno: number): void {
    if (op === 0) return;
    const i = this.row(Kind.opReply);
    this.rows.op[i] = op;
    this.rows.type[i] = type;
    this.rows.inode[i] = inode;
    this.rows.errno[i] = errno;
  }

  /** `result`: bytes, or a negative errno. */
  end(op: number, type: OpType, inode: number, result: bigint, flags: number): void {
    if (op === 0) return;
    const i = this.row(Kind.opEnd);
    this.rows.op[i] = op;
    this.rows.type[i] = type;
    this.rows.inode[i] = inode;
    this.rows.result[i] = result;
    this.rows.errno[i] = result < 0n ? Number(-result) : 0;
    this.rows.flags[i] = flags;
  }

  mapping(op: number, inode: number, role: number, m: Mapping): void {
    if (op === 0) return;
    const i = this.row(Kind.mapping);
    this.rows.op[i] = op;
    this.rows.inode[i] = inode;
    this.rows.role[i] = role;
    this.rows.how[i] = How.reported;
    this.place(i, m.offset, m.length, m.addr, m.type, m.flags, m.dev);
  }

  extent(
    op: number,
    inode: number,
    layer: number,
    how: How,
    offset: bigint,
    length: bigint,
    addr: bigint,
    type: number,
    flags: number,
    device: number,
  ): void {
    const i = this.row(Kind.extent);
    this.rows.op[i] = op;
    this.rows.inode[i] = inode;
    this.rows.role[i] = layer;
    this.rows.how[i] = how;
    this.place(i, offset, length, addr, type, flags, device);
  }

  private place(i: number, offset: bigint, length: bigint, addr: bigint, type: number, flags: number, device: number): void {
    const { rows } = this;
    rows.offset[i] = offset;
    rows.length[i] = length;
    rows.addr[i] = addr;
    rows.type[i] = type;
    rows.flags[i] = flags;
    rows.device[i] = device;
  }

  folio(op: number, inode: number, state: number, offset: bigint, length: bigint, how: How, errno = 0): void {
    const i = this.row(Kind.folio);
    this.rows.op[i] = op;
    this.rows.inode[i] = inode;
    this.rows.type[i] = state;
    this.rows.offset[i] = offset;
    this.rows.length[i] = length;
    this.rows.how[i] = how;
    this.rows.errno[i] = errno;
    this.rows.parent[i] = op;
  }

  /** Bytes handed to a device; answers the op that `ioDone` ends. 0 under a hidden parent. */
  ioSubmit(parent: number, inode: number, isWrite: boolean, device: number, addr: bigint, offset: bigint, length: number): number {
    if (parent === 0) return 0;
    const op = this.nextOp();
    this.io(op, parent, inode, IoStage.submit, isWrite, device, addr, offset, length);
    return op;
  }

  /** `result`: bytes, or a negative errno. */
  ioDone(
    op: number,
    parent: number,
    inode: number,
    isWrite: boolean,
    device: number,
    addr: bigint,
    offset: bigint,
    length: number,
    result: number,
  ): void {
    if (op === 0) return;
    const i = this.io(op, parent, inode, IoStage.done, isWrite, device, addr, offset, length);
    this.rows.result[i] = BigInt(result);
    this.rows.errno[i] = result < 0 ? -result : 0;
  }

  private io(
    op: number,
    parent: number,
    inode: number,
    stage: number,
    isWrite: boolean,
    device: number,
    addr: bigint,
    offset: bigint,
    length: number,
  ): number {
    const i = this.row(Kind.io),
      { rows } = this;
    rows.op[i] = op;
    rows.parent[i] = parent;
    rows.inode[i] = inode;
    rows.role[i] = stage;
    rows.flags[i] = isWrite ? 1 : 0;
    rows.device[i] = device;
    rows.addr[i] = addr;
    rows.offset[i] = offset;
    rows.length[i] = BigInt(length);
    return i;
  }

  /** `head` and `data` are the message; of `data` only the first bytes are kept when it is a payload. */
  message(
    op: number,
    inode: number,
    role: MessagePart,
    opcode: number,
    head: Uint8Array,
    data: Uint8Array | undefined,
    isPayload: boolean,
  ): void {
    if (op === 0 || this.messageBytes === 0) return;
    const i = this.row(Kind.message),
      { rows } = this;
    rows.op[i] = op;
    rows.inode[i] = inode;
    rows.role[i] = role;
    rows.flags[i] = opcode;
    const dataLength = data?.length ?? 0,
      room = this.messageBytes;
    rows.length[i] = BigInt(head.length + dataLength);
    rows.bytes(head.length > room ? head.subarray(0, room) : head);
    const keep = Math.min(dataLength, Math.max(0, room - head.length), isPayload ? this.payloadBytes : room);
    if (keep > 0) rows.bytes(data!.subarray(0, keep));
  }

  violation(op: number, inode: number, offset: bigint, text: string): void {
    const i = this.row(Kind.violation);
    this.rows.op[i] = op;
    this.rows.inode[i] = inode;
    this.rows.offset[i] = offset;
    this.rows.bytes(Buffer.from(text));
  }

  /** Interleaved extent `index` of a layout; `strips` 0 and `length` 0 with index 0xffff: no layout any more. */
  layout(inode: number, index: number, offset: bigint, length: bigint, chunkSize: number, strips: number): void {
    const i = this.row(Kind.layout);
    this.rows.inode[i] = inode;
    this.rows.type[i] = index;
    this.rows.offset[i] = offset;
    this.rows.length[i] = length;
    this.rows.flags[i] = chunkSize;
    this.rows.result[i] = BigInt(strips);
  }

  strip(inode: number, layout: number, strip: number, device: number, addr: bigint, length: bigint): void {
    const i = this.row(Kind.strip);
    this.rows.inode[i] = inode;
    this.rows.type[i] = layout;
    this.rows.flags[i] = strip;
    this.rows.device[i] = device;
    this.rows.addr[i] = addr;
    this.rows.length[i] = length;
  }

  private nextOp(): number {
    this.ops = this.ops >= 0x0fff_ffff ? 1 : this.ops + 1;
    return opId(this.source, this.ops);
  }
}
