import { isFlaw, type Flaw } from '../units/index.ts';
import type { Cursor } from './cursor.ts';
import { Errno } from './errno.ts';
import { inHeader, outHeader } from './headers.ts';
import { concat, type Kind } from './kind.ts';
import { notifyCodes } from './opcodes.ts';
import { bytesOfHex, hexOf, isObject, notPlain, plainRow, rowOfPlain } from './plain.ts';
import type { RowOf } from './struct.ts';
import { broken, type Rule, rulesOf } from './violation.ts';

export type InHeader = RowOf<typeof inHeader>;
export type OutHeader = RowOf<typeof outHeader>;

/** A message as the device sees it: its header, and bytes. */
export interface Framed<H> {
  readonly header: H;
  readonly payload: Uint8Array;
}

/** Errnos below are refused by the kernel. Fact: spec/protocol.md 1.1. */
const LEAST_ERROR = -511;

/** What a server reads is a whole request; a `len` that says otherwise is refused. */
function readRequest(from: Cursor): Framed<InHeader> | undefined {
  const whole = from.left,
    start = from.at,
    header = from.struct(inHeader);
  if (!header) return undefined;
  if (header.len !== whole || header.len < inHeader.size)
    return from.fail('E_LEN', 'len', `${header.len}`, `${whole}, the bytes there are`, start);
  return { header, payload: from.rest('payload') };
}

/** What a server writes is taken as it is; the kernel judges it. */
function readReply(from: Cursor): Framed<OutHeader> | undefined {
  const header = from.struct(outHeader);
  return header && { header, payload: from.rest('payload') };
}

/** Fact: spec/protocol.md 1.1; which of these leave the request pending is told there. */
export const replyRules: readonly Rule<{ readonly framed: Framed<OutHeader>; readonly size: number }>[] = rulesOf(
  'protocol.md 1.1',
  Errno.EINVAL,
  [
    [
      'E_LEN',
      'len is the number of bytes written',
      ({ framed, size }) => (framed.header.len === size ? undefined : `${framed.header.len} of ${size} bytes`),
    ],
    [
      'E_ERRNO',
      'error is 0 or an errno from -511 to -1',
      ({ framed: { header } }) =>
        header.unique !== 0n && (header.error > 0 || header.error < LEAST_ERROR) ? `${header.error}` : undefined,
    ],
    [
      'E_ERR_BODY',
      'a reply with an error is the header alone',
      ({ framed: { header, payload } }) =>
        header.unique !== 0n && header.error !== 0 && payload.length > 0 ? `${payload.length} bytes` : undefined,
      Errno.EIO,
    ],
    [
      'E_NOTIFY_CODE',
      'a notification has a code that is known',
      ({ framed: { header } }) => (header.unique === 0n && !notifyCodes.has(header.error) ? `${header.error}` : undefined),
    ],
  ],
);

function framedOf<H>(header: unknown, plain: unknown): Framed<H> | Flaw {
  const hex = typeof plain === 'string' ? bytesOfHex(plain) : undefined;
  if (isFlaw(header)) return header;
  return hex ? { header: header as H, payload: hex } : notPlain('payload', plain, 'hex digits');
}

/** Fact: spec/protocol.md 1.1. Whether `len` is right is judged here; what is behind the header is not looked at. */
export const requestKind: Kind<Framed<InHeader>> = {
  name: 'request',
  says: 'a whole request: `struct fuse_in_header`, then `payload`; the body is explained beside it where its opcode is known',
  read: readRequest,
  write: ({ header, payload }) => concat([inHeader.encode(header), payload]),
  toPlain: ({ header, payload }) => ({ ...plainRow(inHeader.slots, header), payload: hexOf(payload) }),
  fromPlain: (plain) => framedOf(rowOfPlain(inHeader.slots, plain), isObject(plain) ? plain['payload'] : undefined),
  glimpse(bytes) {
    const header = inHeader.read(bytes);
    return isFlaw(header) ? undefined : { header, payload: bytes.subarray(inHeader.size) };
  },
};

/** The same of a reply, or of a notification (`unique` 0), as the kernel takes them. */
export const replyKind: Kind<Framed<OutHeader>> = {
  name: 'reply',
  says: 'a whole reply, or a notification (`unique` 0): `struct fuse_out_header`, then `payload`; the body is explained beside it where its opcode is given',
  read: readReply,
  write: ({ header, payload }) => concat([outHeader.encode(header), payload]),
  toPlain: ({ header, payload }) => ({ ...plainRow(outHeader.slots, header), payload: hexOf(payload) }),
  fromPlain: (plain) => framedOf(rowOfPlain(outHeader.slots, plain), isObject(plain) ? plain['payload'] : undefined),
  check: (framed, bytes) => broken(replyRules, { framed, size: bytes.length }, 'reply'),
};
