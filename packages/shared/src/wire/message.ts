import type { Flaw } from '../units/index.ts';
import { type Body, type Known, meantBy, readReplyBody, readRequestBody, writeBody } from './body.ts';
import { Cursor, type Piece, type Warning } from './cursor.ts';
import { readExtensions } from './extensions.ts';
import { inHeader, outHeader } from './headers.ts';
import { concat, type Kind } from './kind.ts';
import type { InHeader, OutHeader } from './kind-framing.ts';
import type { MessageRow } from './messages.ts';
import { meantName, messageRow, notificationName } from './negotiated.ts';
import { notificationTable } from './notifications.ts';
import type { Values } from './struct.ts';

export type MessageSide = 'request' | 'reply' | 'notification';

interface Read {
  /** `WRITE`, `PRUNE`, or `op 54?` where nobody knows what it stands for. */
  readonly name: string;
  /** What its opcode stands for. */
  readonly row: MessageRow | undefined;
  /** `undefined` where there is a flaw, where the opcode is not known, and in a reply that failed. */
  readonly body: Body | undefined;
  /** Of a notification. */
  readonly notice?: { readonly kind: Kind<Values>; readonly value: Values } | undefined;
}

/** A message, as far as its bytes make sense. */
export interface Message extends Read {
  readonly side: MessageSide;
  readonly header: InHeader | OutHeader | undefined;
  /** What each part of the bytes is, in their order; the rest of them is behind the last piece. */
  readonly pieces: readonly Piece[];
  readonly flaw: Flaw | undefined;
  readonly warnings: readonly Warning[];
}

const nothing = (name: string, row?: MessageRow): Read => ({ name, row, body: undefined });

/**
 * Header and body of a message; whether `len` is right is `judge(requestKind)`’s and `judge(replyKind)`’s question. Total: nothing is
 * thrown, whatever the bytes.
 */
export function readMessage(bytes: Uint8Array, side: 'request' | 'reply', known: Known = {}): Message {
  const from = new Cursor(bytes);
  if (side === 'request') {
    const header = from.struct(inHeader),
      read = header ? readRequest(from, header, known) : nothing('');
    return { side, header, pieces: from.pieces, flaw: from.flaw, warnings: from.warnings, ...read };
  }
  const header = from.struct(outHeader),
    isNotice = header?.unique === 0n,
    read = header ? (isNotice ? readNotice(from, header, known) : readReply(from, header, known)) : nothing('');
  return { side: isNotice ? 'notification' : side, header, pieces: from.pieces, flaw: from.flaw, warnings: from.warnings, ...read };
}

function readRequest(from: Cursor, { opcode, total_extlen }: InHeader, known: Known): Read {
  const name = meantName(opcode, meantBy(known)),
    row = messageRow(opcode, meantBy(known)),
    extra = 8 * total_extlen;
  if (!row) return nothing(name);
  if (extra > from.left) {
    from.fail('E_SHORT', 'total_extlen', `${total_extlen}`, `at most ${Math.floor(from.left / 8)}`);
    return nothing(name, row);
  }
  const body = from.within(from.end - extra, () => readRequestBody(from, row, known)),
    extensions = body && (extra > 0 ? readExtensions(from) : []);
  return { name, row, body: extensions && { ...body, ...(extra > 0 && { extensions }) } };
}

function readReply(from: Cursor, { error }: OutHeader, known: Known): Read {
  if (known.opcode === undefined) return nothing('');
  const name = meantName(known.opcode, meantBy(known)),
    row = messageRow(known.opcode, meantBy(known));
  return row?.reply && error === 0 ? { name, row, body: readReplyBody(from, row, known) } : nothing(name, row);
}

function readNotice(from: Cursor, { error }: OutHeader, known: Known): Read {
  const name = notificationName(error, known.init),
    kind = notificationTable.get(error);
  if (!kind) {
    if (notificationTable.has(error)) from.done(name);
    return nothing(name);
  }
  const value = kind.read(from);
  return { ...nothing(name), notice: value && { kind, value } };
}

/** A request: `len` and `total_extlen` are what the body makes them. */
export function writeRequest(header: Partial<InHeader>, body: Body): Uint8Array {
  const payload = writeBody(body),
    extra = writeBody({ structs: [], extensions: body.extensions ?? [] }).length;
  return concat([inHeader.encode({ ...header, len: inHeader.size + payload.length, total_extlen: extra / 8 }), payload]);
}

/** A reply, or with `unique` 0 a notification, whose payload is its kind’s. */
export function writeReply(header: Partial<OutHeader>, body: Body | Uint8Array): Uint8Array {
  const payload = body instanceof Uint8Array ? body : writeBody(body);
  return concat([outHeader.encode({ ...header, len: outHeader.size + payload.length }), payload]);
}
