import { inHeader } from '@mapscope/shared/wire';
import type { Buffers } from './buffers.ts';
import type { Caller } from './filesystem.ts';
import type { Inode } from './inode.ts';

/** Byte offset of a field, from the struct's own table: hot requests are read in place. */
export function slotOf(table: { readonly slots: readonly { readonly name: string; readonly at: number }[] }, field: string): number {
  const slot = table.slots.find((s) => s.name === field);
  if (!slot) throw new Error(`no field ${field}`);
  return slot.at;
}

const at = {
  len: slotOf(inHeader, 'len'),
  opcode: slotOf(inHeader, 'opcode'),
  unique: slotOf(inHeader, 'unique'),
  node: slotOf(inHeader, 'nodeid'),
  uid: slotOf(inHeader, 'uid'),
  gid: slotOf(inHeader, 'gid'),
  pid: slotOf(inHeader, 'pid'),
  extlen: slotOf(inHeader, 'total_extlen'),
};

/** A receive buffer and the view that reads it: made once, used for every request. */
export interface Inbox {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

export const inboxOf = (bytes: Uint8Array): Inbox => ({ bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) });

/** One request, read where it lies. Its bytes are its own until it has been answered. */
export class Request {
  readonly inbox: Inbox;
  readonly length: number;
  readonly opcode: number;
  readonly unique: bigint;
  readonly node: bigint;
  /** End of arguments, names and data: before the extensions. */
  readonly end: number;
  /** Of `node`, as far as it is known when the request comes. */
  inode: Inode | undefined;
  /** Names of the tail, without their NUL; checked before a handler runs. */
  names: readonly Uint8Array[] = [];
  /** Op in the stream; 0 when the rows of this request are left out. */
  op = 0;
  /** Set while the request waits for its turn: makes it give up. */
  interrupt: (() => void) | undefined;
  private lent: Uint8Array[] | undefined;
  private who: Caller | undefined;

  constructor(inbox: Inbox, length: number) {
    const { view } = inbox;
    this.inbox = inbox;
    this.length = length;
    this.opcode = view.getUint32(at.opcode, true);
    this.unique = view.getBigUint64(at.unique, true);
    this.node = view.getBigUint64(at.node, true);
    this.end = length - 8 * view.getUint16(at.extlen, true);
  }

  /** False for bytes that are no request: shorter than a header, or of another length than they say. */
  static isWhole(inbox: Inbox, length: number): boolean {
    return length >= inHeader.size && inbox.view.getUint32(at.len, true) === length;
  }

  get pid(): number {
    return this.inbox.view.getInt32(at.pid, true);
  }

  get caller(): Caller {
    const { view } = this.inbox;
    return (this.who ??= { pid: this.pid, uid: view.getUint32(at.uid, true), gid: view.getUint32(at.gid, true) });
  }

  /** `at` counts from the end of the header. */
  u32(from: number): number {
    return this.inbox.view.getUint32(inHeader.size + from, true);
  }

  u64(from: number): bigint {
    return this.inbox.view.getBigUint64(inHeader.size + from, true);
  }

  /** The arguments as a struct; the session has checked that they are all there. */
  args<R>(table: { read(bytes: Uint8Array, base?: number): R }): Exclude<R, { readonly code: string }> {
    return table.read(this.inbox.bytes, inHeader.size) as Exclude<R, { readonly code: string }>;
  }

  /** Bytes behind the arguments, in place. */
  tail(from: number): Uint8Array {
    return this.inbox.bytes.subarray(inHeader.size + from, this.end);
  }

  /** A buffer that is this request's until it has been answered. */
  borrow(buffers: Buffers): Uint8Array {
    const buffer = buffers.take();
    (this.lent ??= []).push(buffer);
    return buffer;
  }

  giveBack(buffers: Buffers): void {
    if (this.lent) for (const buffer of this.lent) buffers.give(buffer);
    this.lent = undefined;
  }
}
