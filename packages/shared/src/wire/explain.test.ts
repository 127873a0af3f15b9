import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { header, modern, zero } from '../fixtures/messages.ts';
import { utf8 } from '../units/index.ts';
import {
  entryOut,
  explainKind,
  explainMessage,
  InitFlag,
  kindOf,
  kinds,
  type Known,
  Opcode,
  openOut,
  readMessage,
  writeIn,
  writeReply,
  writeRequest,
} from './index.ts';

const hostile = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  // A header that passes for one, and anything behind it.
  fc
    .tuple(fc.constantFrom(...Object.values(Opcode), 7, 53, 54, 55), fc.uint8Array({ maxLength: 200 }), fc.constantFrom(0, 0, 1, 9, 0xffff))
    .map(([opcode, data, total_extlen]) => {
      const bytes = writeRequest({ ...header, opcode }, { structs: [], data });
      bytes[36] = total_extlen & 0xff;
      bytes[37] = total_extlen >> 8;
      return bytes;
    }),
  fc
    .tuple(fc.constantFrom(0n, 2n), fc.integer({ min: -3, max: 102 }), fc.uint8Array({ maxLength: 300 }))
    .map(([unique, error, data]) => writeReply({ unique, error }, data)),
);
const known = fc.record({
  init: fc.constantFrom(undefined, modern, { minor: 42, flags: InitFlag.REQUEST_TIMEOUT }, { minor: 31, flags: 0n }),
  opcode: fc.constantFrom(undefined, ...Object.values(Opcode)),
  asked: fc.constantFrom(undefined, {}, { size: 0 }, { size: 8 }),
});

test('readMessage answers of any bytes, and explainMessage has each of them once, in order', () => {
  fc.assert(
    fc.property(hostile, fc.constantFrom('request' as const, 'reply' as const), known, (bytes, side, of) => {
      const { flaw } = readMessage(bytes, side, of as Known);
      if (flaw) expect(flaw.at).toBeLessThanOrEqual(bytes.length);
      let at = 0;
      for (const part of explainMessage(bytes, side, of as Known)) {
        expect([part.at, part.size > 0]).toEqual([at, true]);
        at += part.size;
      }
      expect(at).toBe(bytes.length);
    }),
    { numRuns: 1000 },
  );
});

test('explainKind has each byte once, in order, whatever the kind and the bytes', () => {
  fc.assert(
    fc.property(fc.constantFrom(...kinds.values()), fc.uint8Array({ maxLength: 400 }), (kind, bytes) => {
      let at = 0;
      for (const part of explainKind(kind, bytes)) {
        expect(part.at).toBe(at);
        at += part.size;
      }
      expect(at).toBe(bytes.length);
    }),
    { numRuns: 1000 },
  );
});

const say = (bytes: Uint8Array, side: 'request' | 'reply', of: Known = {}): string[] =>
  explainMessage(bytes, side, of).map(({ struct, field, at, size, text }) => `${at}+${size} ${struct}${struct && '.'}${field} ${text}`);

describe('explainMessage', () => {
  test('says struct, field, place and value of a WRITE, then its data', () => {
    const write = writeRequest(
      { ...header, opcode: Opcode.WRITE },
      { structs: [zero(writeIn, { offset: 4096n, size: 5, write_flags: 0x9 })], data: utf8('12345') },
    );
    expect(say(write, 'request')).toEqual([
      '0+4 fuse_in_header.len 85',
      '4+4 fuse_in_header.opcode WRITE',
      '8+8 fuse_in_header.unique 2',
      '16+8 fuse_in_header.nodeid 42',
      '24+4 fuse_in_header.uid 0',
      '28+4 fuse_in_header.gid 0',
      '32+4 fuse_in_header.pid 7',
      '36+2 fuse_in_header.total_extlen 0',
      '38+2 fuse_in_header.padding 0',
      '40+8 fuse_write_in.fh 0',
      '48+8 fuse_write_in.offset 4096',
      '56+4 fuse_write_in.size 5',
      '60+4 fuse_write_in.write_flags CACHE|0x8?',
      '64+8 fuse_write_in.lock_owner 0',
      '72+4 fuse_write_in.flags 0x0',
      '76+4 fuse_write_in.padding 0',
      '80+5 data 5 bytes',
    ]);
    expect(explainMessage(write, 'request').find(({ field }) => field === 'write_flags')!.names).toEqual([
      ['CACHE', 'a delayed write from the page cache'],
      ['0x8?', 'a bit without a name'],
    ]);
  });

  test('says fields of nested structs by their path', () => {
    const reply = writeReply({ unique: 2n }, { structs: [zero(entryOut, { nodeid: 3n, attr: { mode: 0o100644 } }), zero(openOut)] });
    expect(say(reply, 'reply', { opcode: Opcode.CREATE })).toEqual(
      expect.arrayContaining(['116+4 fuse_entry_out.attr.mode 0100644', '152+4 fuse_open_out.open_flags 0']),
    );
  });

  test('says names with their NUL, and bytes that nobody can explain', () => {
    const symlink = writeRequest({ ...header, opcode: Opcode.SYMLINK }, { structs: [], names: [utf8('a'), utf8('b/c')] });
    expect(say(symlink, 'request').slice(-2)).toEqual(['40+2 name "a"', '42+4 name "b/c"']);
    const unknown = writeRequest({ ...header, opcode: 77 }, { structs: [], data: utf8('xyz') });
    expect([say(unknown, 'request')[1], say(unknown, 'request').at(-1)]).toEqual(['4+4 fuse_in_header.opcode op 77?', '40+3  3 bytes']);
  });

  test('explains what is left of a message that was cut', () => {
    const write = writeRequest({ ...header, opcode: Opcode.WRITE }, { structs: [zero(writeIn, { size: 5 })], data: utf8('12345') });
    expect(say(write.subarray(0, 62), 'request').slice(-2)).toEqual(['56+4 fuse_write_in.size 5', '60+2  2 bytes']);
    expect(say(write.subarray(0, 83), 'request').at(-1)).toBe('80+3 data 3 bytes');
  });

  test('says of an opcode from 53 to 55 what INIT decided, or that nobody knows', () => {
    const ask = writeRequest({ ...header, opcode: 54 }, { structs: [] }),
      opcode = (of: Known): string[] =>
        explainMessage(ask, 'request', of)
          .filter(({ field }) => field === 'opcode')
          .map(({ text, meaning }) => `${text}: ${meaning}`);
    expect(opcode({})).toEqual(['op 54?: INIT decides what it means, and none was seen']);
    expect(opcode({ init: modern })).toEqual(['GET_FMAP: what is asked']);
  });

  test('names the code of a notification, and the records of one', () => {
    const prune = writeReply({ error: 9 }, kindOf('notify_prune_out')!.write({ count: 2, nodeids: [1n, 2n] }));
    expect(say(prune, 'reply').filter((line) => /error|nodeids/.test(line))).toEqual([
      '4+4 fuse_out_header.error PRUNE',
      '32+16 nodeids 1 2',
    ]);
  });

  test('explains extensions, with the contexts and groups in them', () => {
    const context = new Uint8Array([2, 0, 0, 0, 0, 0, 0, 0, ...utf8('selinux\0xy'), 0, 0, 0, 0, 0, 0]),
      groups = new Uint8Array([1, 0, 0, 0, 0xe8, 3, 0, 0]),
      extensions = [
        { type: 1, bytes: context },
        { type: 32, bytes: groups },
      ];
    const mkdir = writeRequest({ ...header, opcode: Opcode.UNLINK }, { structs: [], names: [utf8('abcdefg')], extensions });
    expect(say(mkdir, 'request').slice(9)).toEqual([
      '40+8 name "abcdefg"',
      '48+4 fuse_ext_header.size 32',
      '52+4 fuse_ext_header.type 1',
      '56+4 fuse_secctx.size 2',
      '60+4 fuse_secctx.padding 0',
      '64+8 name "selinux"',
      '72+2 context 2 bytes',
      '74+6 padding ',
      '80+4 fuse_ext_header.size 16',
      '84+4 fuse_ext_header.type 32',
      '88+8 groups 1 1000',
    ]);
  });
});
