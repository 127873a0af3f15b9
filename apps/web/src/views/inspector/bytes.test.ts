import {
  encodeFmap,
  inHeader,
  iomapBeginOut,
  Opcode,
  OpFlag,
  iomapBeginIn,
  outHeader,
  writeIn,
  writeReply,
  writeRequest,
} from '@mapscope/shared/wire';
import { describe, expect, test } from 'vitest';
import { MessagePart } from '@mapscope/shared/trace';
import { explain } from './bytes.ts';

const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

describe('explain', () => {
  const request = join(
    inHeader.encode({ len: 84, opcode: Opcode.WRITE, unique: 7n, pid: 42 }),
    writeIn.encode({ fh: 3n, offset: 0x1_0000_0000n, size: 4 }),
    new TextEncoder().encode('data'),
  );

  test('names every field with its value, in the order of the bytes', () => {
    const groups = explain(request, Opcode.WRITE, MessagePart.request);
    expect(groups.map(({ title }) => title)).toEqual(['fuse_in_header', 'fuse_write_in', 'behind it']);
    expect(groups[0]!.lines.slice(0, 3).map(({ at, hex, name, value }) => [at, hex, name, value])).toEqual([
      [0, '54 00 00 00', 'len', '84'],
      [4, '10 00 00 00', 'opcode', 'WRITE'],
      [8, '07 00 00 00 00 00 00 00', 'unique', '7'],
    ]);
    expect(groups[1]!.lines.find(({ name }) => name === 'offset')).toMatchObject({ at: 48, value: '4294967296' });
    expect(groups[2]!.lines[0]).toMatchObject({ at: 80, name: 'data', value: 'data' });
  });

  test('shows every byte of a message exactly once', () => {
    const bytes = explain(request, Opcode.WRITE, MessagePart.request, 1 << 20).flatMap(({ lines }) =>
      lines.flatMap(({ hex }) => hex.split(' ')),
    );
    expect(bytes.map((text) => Number.parseInt(text, 16))).toEqual([...request]);
  });

  test('names fields of structs in structs, and says negative errors', () => {
    const reply = join(outHeader.encode({ len: 80, unique: 2n }), iomapBeginOut.encode({}));
    const groups = explain(reply, Opcode.IOMAP_BEGIN, MessagePart.reply);
    const failed = explain(writeReply({ unique: 2n, error: -5 }, { structs: [] }), Opcode.IOMAP_BEGIN, MessagePart.reply);
    expect(failed[0]!.lines[1]).toMatchObject({ name: 'error', value: '-EIO' });
    expect(groups[1]!.lines.map(({ name }) => name)).toContain('write.addr');
  });

  test('of a message that was cut shows what there is', () => {
    const groups = explain(request.subarray(0, 50), Opcode.WRITE, MessagePart.request);
    expect(groups.map(({ title }) => title)).toEqual(['fuse_in_header', 'fuse_write_in', 'behind it']);
  });

  test('takes 54 for GET_FMAP, since whoever told the message knew its INIT, with its header and without', () => {
    const fmap = encodeFmap({ header: { fmap_version: 1, nextents: 1, file_size: 4096n }, extents: [{ se_offset: 8192n, se_len: 4096n }] }),
      whole = explain(writeReply({ unique: 2n }, fmap), Opcode.GET_FMAP, MessagePart.reply),
      body = explain(fmap, Opcode.GET_FMAP, MessagePart.replyBody);
    expect(whole.map(({ title }) => title)).toEqual(['fuse_out_header', 'fuse_famfs_fmap_header', 'fuse_famfs_simple_ext']);
    expect(body.map(({ title }) => title)).toEqual(['fuse_famfs_fmap_header', 'fuse_famfs_simple_ext']);
    expect(body[1]!.lines.map(({ at, name, value }) => [at, name, value])).toContainEqual([40, 'se_offset', '0x2000']);
  });

  test('says each flag in a sentence', () => {
    const begin = writeRequest({ opcode: Opcode.IOMAP_BEGIN }, { structs: [{ table: iomapBeginIn, values: { opflags: OpFlag.WRITE } }] });
    expect(explain(begin, Opcode.IOMAP_BEGIN, MessagePart.request)[1]!.lines[0]).toMatchObject({
      value: 'WRITE',
      meaning: 'the operation; no bit: a buffered read\nWRITE: data will be written',
    });
  });
});
