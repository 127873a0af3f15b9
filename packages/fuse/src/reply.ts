import { Errno, errnoName, outHeader } from '@mapscope/shared/wire';
import type { Channel } from './channel.ts';
import { inboxOf, slotOf } from './request.ts';
import type { Log } from './session.ts';

const at = { len: slotOf(outHeader, 'len'), error: slotOf(outHeader, 'error'), unique: slotOf(outHeader, 'unique') };

/** Replies on their way to the kernel, each one message (spec/protocol.md 1.1). */
export class Replies {
  /** The header of the newest. */
  readonly head: Uint8Array;
  /** The connection is gone. */
  isOver = false;
  private readonly view: DataView;
  private readonly channel: Channel;
  private readonly log: Log;

  constructor(channel: Channel, log: Log) {
    this.channel = channel;
    this.log = log;
    ({ bytes: this.head, view: this.view } = inboxOf(new Uint8Array(outHeader.size)));
  }

  /** `error`: 0 or a negative errno, and then without body. A request that is gone (ENOENT) needs no reply. */
  send(unique: bigint, error: number, body?: Uint8Array): void {
    this.view.setUint32(at.len, this.head.length + (body?.length ?? 0), true);
    this.view.setInt32(at.error, error, true);
    this.view.setBigUint64(at.unique, unique, true);
    const n = this.channel.reply(this.head, body);
    if (n >= 0 || n === -Errno.ENOENT) return;
    if (n === -Errno.ENODEV) this.isOver = true;
    else this.log('error', `a reply was refused: ${errnoName(n)}`);
  }
}
