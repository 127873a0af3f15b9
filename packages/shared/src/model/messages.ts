import type { MessagePart, SourceId } from '../trace/index.ts';
import { Recent } from './recent.ts';

/** A message of the protocol, its first bytes at least. */
export interface Message {
  readonly at: bigint;
  readonly op: number;
  readonly inode: number;
  readonly role: MessagePart;
  readonly opcode: number;
  /** Of the whole message, bytes; `bytes` may be less. */
  readonly length: bigint;
  readonly bytes: Uint8Array;
  readonly source: SourceId;
}

/** As with ops, a snapshot carries all that are kept. */
export const KEEP_MESSAGES = 1 << 12;
export const KEEP_MESSAGE_BYTES = 2 << 20;

/** The newest messages, bounded by number and by bytes. */
export class Messages {
  private readonly recent: Recent<Message>;
  private readonly room: number;
  private kept = 0;

  constructor(keep = KEEP_MESSAGES, room = KEEP_MESSAGE_BYTES) {
    this.recent = new Recent(keep);
    this.room = room;
  }

  push(message: Message): void {
    if (this.recent.size === this.recent.keep) this.drop();
    this.recent.push(message);
    this.kept += message.bytes.length;
    while (this.kept > this.room && this.recent.size > 1) this.drop();
  }

  get total(): number {
    return this.recent.total;
  }

  get bytes(): number {
    return this.kept;
  }

  /** Oldest first. */
  list(newest?: number): Message[] {
    return this.recent.list(newest);
  }

  /** Request and reply of an op, as far as they are kept. */
  of(op: number): Message[] {
    return this.recent.list().filter((message) => message.op === op);
  }

  empty(): void {
    this.recent.empty();
    this.kept = 0;
  }

  private drop(): void {
    this.kept -= this.recent.dropOldest()?.bytes.length ?? 0;
  }
}
