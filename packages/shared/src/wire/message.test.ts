import { describe, expect, test } from 'vitest';
import { header, modern, zero } from '../fixtures/messages.ts';
import { utf8 } from '../units/index.ts';
import {
  type Body,
  bytesOfHex,
  entryOut,
  famfsFmapHeader,
  famfsSimpleExt,
  getxattrOut,
  initIn,
  type Known,
  lseekIn,
  messageTable,
  Opcode,
  plainMessage,
  readMessage,
  setxattrIn,
  writeReply,
  writeRequest,
} from './index.ts';
import type { MessageRow, Values } from './index.ts';

/** A body that a request of this row may have. */
function requestOf(row: MessageRow): Body {
  const name = utf8('name'),
    data = utf8('12345');
  const args = (over: Values = {}): Body['structs'] => (row.args ? [zero(row.args, over)] : []);
  switch (row.tail) {
    case 'none':
      return { structs: args() };
    case 'name':
      return { structs: args(), names: [name] };
    case 'two names':
      return { structs: args(), names: [name, utf8('other')] };
    case 'name and value':
      return { structs: args({ size: 5 }), names: [name], data };
    case 'data':
      return { structs: args(row.name === 'IOCTL' ? { in_size: 5 } : { size: 5 }), data };
    case 'forget_one records':
      return {
        structs: args({ count: 2 }),
        forgets: [
          { nodeid: 1n, nlookup: 2n },
          { nodeid: 3n, nlookup: 4n },
        ],
      };
    default:
      return { structs: [] };
  }
}

function replyOf(row: MessageRow): Body {
  const structs = (row.reply ?? []).map((table) => zero(table)),
    one = { ino: 1n, off: 2n, type: 8, name: utf8('file') };
  switch (row.replyTail) {
    case 'none':
      return { structs };
    case 'dirents':
      return { structs, entries: [one] };
    case 'direntplus':
      return { structs, entries: [{ ...one, entry: zero(entryOut).values as never }] };
    case 'fmap': {
      const head = zero(famfsFmapHeader, { fmap_version: 1, nextents: 1 }).values,
        extent = zero(famfsSimpleExt, { se_len: 1n << 21n }).values;
      return { structs, fmap: { header: head, extents: [extent] } as never };
    }
    default:
      return { structs, data: utf8('12345') };
  }
}

describe('readMessage is the inverse of writeRequest', () => {
  test.each([...messageTable.values()].map((row) => [row.name, row] as const))('%s', (name, row) => {
    const body = requestOf(row),
      bytes = writeRequest({ ...header, opcode: row.opcode }, body),
      message = readMessage(bytes, 'request', { init: modern });
    expect(message).toMatchObject({ side: 'request', name, flaw: undefined, warnings: [], body });
    expect(writeRequest({ ...header, opcode: row.opcode }, message.body!)).toEqual(bytes);
  });
});

describe('readMessage is the inverse of writeReply', () => {
  const answered = [...messageTable.values()].filter(({ reply }) => reply);
  test.each(answered.map((row) => [row.name, row] as const))('%s', (name, row) => {
    const body = replyOf(row),
      bytes = writeReply({ unique: 2n }, body),
      message = readMessage(bytes, 'reply', { init: modern, opcode: row.opcode });
    expect(message).toMatchObject({ side: 'reply', name, flaw: undefined, warnings: [], body });
    expect(writeReply({ unique: 2n }, message.body!)).toEqual(bytes);
  });
});

describe('readMessage', () => {
  test('takes GET_FMAP with and without an argument, and GET_DAXDEV without', () => {
    const bare = writeRequest({ ...header, opcode: Opcode.GET_FMAP }, { structs: [] });
    expect(readMessage(bare, 'request', { init: modern })).toMatchObject({ flaw: undefined, body: { structs: [] } });
    const device = writeRequest({ ...header, opcode: Opcode.GET_DAXDEV }, { structs: [] });
    expect(readMessage(device, 'request', { init: modern })).toMatchObject({ flaw: undefined, body: { structs: [] } });
  });

  test('refuses an INIT without a body, and takes the 16 bytes of before 7.36', () => {
    const init = (size: number) =>
      readMessage(
        writeRequest({ ...header, opcode: Opcode.INIT }, { structs: [], data: initIn.encode({ major: 7, minor: 31 }).subarray(0, size) }),
        'request',
      );
    expect(init(0).flaw?.code).toBe('E_SHORT');
    expect(init(16).body?.structs[0]!.values).toEqual({ major: 7, minor: 31, max_readahead: 0, flags: 0 });
    expect(init(64).body?.structs[0]!.values).toMatchObject({ minor: 31, flags2: 0 });
  });

  test('takes the reply to INIT in the size of its minor', () => {
    const size = (n: number) => readMessage(writeReply({ unique: 2n }, new Uint8Array(n)), 'reply', { opcode: Opcode.INIT }).flaw?.code;
    expect([size(8), size(24), size(64), size(40), size(65)]).toEqual([undefined, undefined, undefined, 'E_SHORT', 'E_SIZE']);
  });

  test('tells the two forms of SETXATTR apart by what comes out even, or by INIT', () => {
    const set = (size: number, flags = 0): Uint8Array =>
      writeRequest(
        { ...header, opcode: Opcode.SETXATTR },
        {
          structs: [],
          data: new Uint8Array([...setxattrIn.encode({ size: 2, setxattr_flags: flags }).subarray(0, size), ...utf8('user.a\0vv')]),
        },
      );
    const sizes = (bytes: Uint8Array, of: Known): unknown => {
      const { body, flaw } = readMessage(bytes, 'request', of);
      return flaw?.code ?? [Object.keys(body!.structs[0]!.values).length, new TextDecoder().decode(body!.data)];
    };
    expect([sizes(set(8), {}), sizes(set(16), {}), sizes(set(16, 1), {})]).toEqual([
      [2, 'vv'],
      [4, 'vv'],
      [4, 'vv'],
    ]);
    expect(sizes(set(16), { init: modern })).toEqual([4, 'vv']);
    expect(sizes(set(8), { init: { minor: 31, flags: 0n } })).toEqual([2, 'vv']);
  });

  test('takes the answer to GETXATTR for a size when none was given room, else for the value', () => {
    const answer = writeReply({ unique: 2n }, getxattrOut.encode({ size: 9 })),
      read = (size?: number) =>
        readMessage(answer, 'reply', { opcode: Opcode.GETXATTR, ...(size !== undefined && { asked: { size } }) }).body!;
    expect(read(0).structs[0]!.values).toEqual({ size: 9, padding: 0 });
    expect([read(8).data?.length, read().data?.length]).toEqual([8, 8]);
  });

  test('refuses a fixed reply that is a byte too short or too long', () => {
    const reply = (n: number) => readMessage(writeReply({ unique: 2n }, new Uint8Array(n)), 'reply', { opcode: Opcode.LSEEK }).flaw?.code;
    expect([reply(7), reply(8), reply(9)]).toEqual(['E_SHORT', undefined, 'E_SIZE']);
  });

  test('reads extensions behind everything else: security contexts and groups', () => {
    const context = new Uint8Array([2, 0, 0, 0, 0, 0, 0, 0, ...utf8('selinux\0xy'), 0, 0, 0, 0, 0, 0]),
      groups = new Uint8Array([1, 0, 0, 0, 0xe8, 3, 0, 0]),
      extensions = [
        { type: 1, bytes: context },
        { type: 32, bytes: groups },
      ];
    const mkdir = writeRequest({ ...header, opcode: Opcode.UNLINK }, { structs: [], names: [utf8('abcdefg')], extensions });
    expect(readMessage(mkdir, 'request').body).toEqual({ structs: [], names: [utf8('abcdefg')], extensions });
  });

  test('warns of bytes behind a request', () => {
    const seek = writeRequest({ ...header, opcode: Opcode.LSEEK }, { structs: [zero(lseekIn)], data: new Uint8Array(8) });
    expect(readMessage(seek, 'request').warnings.map(({ code }) => code)).toEqual(['W_TRAILING']);
  });

  test('has no body of a reply that failed, nor of one whose request is not known', () => {
    expect(readMessage(writeReply({ unique: 2n, error: -5 }, { structs: [] }), 'reply', { opcode: Opcode.READ })).toMatchObject({
      body: undefined,
      flaw: undefined,
    });
    expect(readMessage(bytesOfHex('18000000000000000200000000000000aabbccddeeff0011')!, 'reply')).toMatchObject({
      name: '',
      body: undefined,
      flaw: undefined,
    });
  });
});

test('plainMessage says of a megabyte only its beginning, and how much there is', () => {
  const read = writeReply({ unique: 2n }, { structs: [], data: new Uint8Array(1 << 20) }),
    plain = plainMessage(readMessage(read, 'reply', { opcode: Opcode.READ })) as { body: { data: { bytes: number; hex: string } } };
  expect([plain.body.data.bytes, plain.body.data.hex.length]).toEqual([1 << 20, 8192]);
});
