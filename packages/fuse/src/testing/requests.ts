import { inHeader, outHeader } from '@mapscope/shared/wire';

let unique = 2n;

/** Bytes of one request, built from the struct tables as a kernel lays it out. */
export function request(
  opcode: number,
  node: bigint,
  ...parts: readonly Uint8Array[]
): { readonly bytes: Uint8Array; readonly unique: bigint } {
  unique += 2n;
  const body = Buffer.concat(parts),
    bytes = new Uint8Array(inHeader.size + body.length);
  inHeader.write({ len: bytes.length, opcode, unique, nodeid: node, uid: 1000, gid: 1000, pid: 4242 }, bytes);
  bytes.set(body, inHeader.size);
  return { bytes, unique };
}

/** A name as it travels: with its NUL. */
export const text = (name: string): Uint8Array => Buffer.from(`${name}\0`);

export interface Reply {
  readonly error: number;
  readonly unique: bigint;
  readonly body: Uint8Array;
}

export function replyOf(bytes: Uint8Array): Reply {
  const head = outHeader.read(bytes);
  if (!('unique' in head) || head.len !== bytes.length) throw new Error('not a reply');
  return { error: head.error, unique: head.unique, body: bytes.subarray(outHeader.size) };
}
