import { type Flaw, flaw } from '../units/index.ts';
import type { initIn, initOut } from './classic-inode.ts';
import { inHeader, outHeader } from './headers.ts';
import { judge } from './judge.ts';
import { concat } from './kind.ts';
import { type InHeader, type OutHeader, replyKind, requestKind } from './kind-framing.ts';
import { type Message, readMessage } from './message.ts';
import { checkMessage } from './message-rules.ts';
import { type Negotiated, negotiate } from './negotiated.ts';
import { Opcode } from './opcodes.ts';
import type { RowOf, Values } from './struct.ts';
import type { Violation } from './violation.ts';

/** One message of a stream. */
export interface StreamMessage {
  /** First byte, from the start of the stream. */
  readonly at: number;
  /** `undefined` where not even that could be told. */
  readonly message: Message | undefined;
  readonly flaw: Flaw | undefined;
  readonly violations: readonly Violation[];
}

/** A stock kernel sends at most 1 MiB and some; a `len` above this is no message. */
export const MAX_STREAM_MESSAGE = 16 << 20;
/** Requests whose reply is awaited; the oldest go first, and their replies are shown without a body. */
const MOST_AWAITED = 65_536;
/** INIT of a machine of the other byte order. Fact: spec/protocol.md, introduction. */
const SWAPPED_INIT = 436_207_616;
/** Sent again by RESEND. Fact: spec/protocol.md 1.3. */
const RESENT = 1n << 63n;

interface Awaited {
  readonly opcode: number;
  readonly asked: Values | undefined;
}

/**
 * Messages as they were read from and written to /dev/fuse of one connection, back to back, in the order of time; both directions, or one.
 * A message does not say where it goes, but it can be told from its first 16 bytes:
 *
 *   unique is 0                                   a notification: the kernel numbers its requests from 2
 *   the second word is 0 or negative              a reply: that is its error, and no opcode
 *   unique is that of a request without reply     a reply with a positive error, which no kernel accepts
 *   len is below 40                               the same: too short for a request
 *   anything else                                 a request
 *
 * Where `len` cannot be, nobody knows where the next message begins: that ends the stream.
 */
export class FuseStream {
  /** What INIT agreed on, once both its messages were there. */
  init: Negotiated | undefined;
  private readonly awaited = new Map<bigint, Awaited>();
  private parts: Uint8Array[] = [];
  private waiting = 0;
  private at = 0;
  private isLost = false;

  /** The messages that are whole by now. What follows lost framing is looked past. */
  *push(bytes: Uint8Array): Generator<StreamMessage> {
    if (this.isLost) return;
    this.parts.push(bytes);
    this.waiting += bytes.length;
    if (this.waiting < this.needed()) return;
    const whole = concat(this.parts);
    let from = 0;
    while (whole.length - from >= outHeader.size) {
      const len = u32At(whole, from);
      if (len < outHeader.size || len > MAX_STREAM_MESSAGE) {
        yield this.lose(whole.subarray(from), len);
        return;
      }
      if (len > whole.length - from) break;
      yield this.take(whole.subarray(from, from + len));
      from += len;
      this.at += len;
    }
    this.parts = [whole.subarray(from)];
    this.waiting = whole.length - from;
  }

  /** What is left when the stream ends in the middle of a message. */
  end(): StreamMessage | undefined {
    if (this.isLost || this.waiting === 0) return undefined;
    const found = concat(this.parts),
      len = found.length >= 4 ? u32At(found, 0) : undefined;
    return {
      at: this.at,
      message: undefined,
      flaw: flaw({
        code: 'E_SHORT',
        at: this.at + found.length,
        field: 'message',
        found: `${found.length} bytes`,
        allowed: `${len ?? outHeader.size}`,
      }),
      violations: [],
    };
  }

  /** Bytes that must be there before anything can be said. */
  private needed(): number {
    const head = this.parts[0]!,
      len = head.length >= 4 ? u32At(head, 0) : 0;
    return len > MAX_STREAM_MESSAGE ? outHeader.size : Math.max(outHeader.size, len);
  }

  private lose(bytes: Uint8Array, len: number): StreamMessage {
    this.isLost = true;
    const { at } = this,
      isShort = len < outHeader.size,
      allowed = isShort ? `at least ${outHeader.size}` : `at most ${MAX_STREAM_MESSAGE}`;
    const lost =
      u32At(bytes, 4) === SWAPPED_INIT
        ? flaw({
            code: 'E_ENDIAN',
            at: at + 4,
            field: 'opcode',
            found: `${SWAPPED_INIT}`,
            allowed: 'little-endian numbers: this is INIT in the other byte order',
          })
        : flaw({ code: isShort ? 'E_LEN' : 'E_TOO_BIG', at, field: 'len', found: `${len}`, allowed });
    return { at, message: undefined, flaw: lost, violations: [] };
  }

  private take(bytes: Uint8Array): StreamMessage {
    return this.sideOf(bytes) === 'request' ? this.request(bytes) : this.reply(bytes);
  }

  private sideOf(bytes: Uint8Array): 'request' | 'reply' {
    const { error, unique } = outHeader.read(bytes) as OutHeader;
    return unique === 0n || error <= 0 || this.awaited.has(unique) || bytes.length < inHeader.size ? 'reply' : 'request';
  }

  private request(bytes: Uint8Array): StreamMessage {
    const message = readMessage(bytes, 'request', { init: this.init }),
      { flaw } = judge(requestKind, bytes),
      { unique, opcode } = message.header as InHeader;
    if (!message.row || message.row.reply) this.await(unique, { opcode, asked: message.body?.structs[0]?.values });
    return { at: this.at, message, flaw: flaw ?? message.flaw, violations: checkMessage(message, undefined) };
  }

  private await(unique: bigint, awaited: Awaited): void {
    this.awaited.set(unique & ~RESENT, awaited);
    if (this.awaited.size > MOST_AWAITED) this.awaited.delete(this.awaited.keys().next().value!);
  }

  private reply(bytes: Uint8Array): StreamMessage {
    const { unique } = outHeader.read(bytes) as OutHeader,
      asked = this.awaited.get(unique & ~RESENT),
      message = readMessage(bytes, 'reply', { init: this.init, ...asked }),
      framing = judge(replyKind, bytes);
    // A refused reply may be followed by a better one, but one with an error and a body is taken as EIO.
    if (framing.errors.every(({ code }) => code === 'E_ERR_BODY')) this.awaited.delete(unique & ~RESENT);
    const values = message.body?.structs[0]?.values;
    if (asked?.opcode === Opcode.INIT && asked.asked && values)
      this.init = negotiate(asked.asked as RowOf<typeof initIn>, values as RowOf<typeof initOut>);
    return {
      at: this.at,
      message,
      flaw: framing.flaw ?? message.flaw,
      violations: [...framing.errors, ...framing.remarks, ...checkMessage(message, asked?.asked)],
    };
  }
}

/** A u32; there are 4 bytes at least. */
const u32At = (bytes: Uint8Array, at: number): number => new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0, true);
