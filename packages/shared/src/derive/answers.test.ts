import { describe, expect, test } from 'vitest';
import { type EventRow, frameOf } from '../fixtures/index.ts';
import { FolioState, Kind } from '../trace/index.ts';
import { utf8 } from '../units/index.ts';
import { lseekIn, lseekOut, Opcode, writeIn, writeOut, writeReply, writeRequest, WriteFlag } from '../wire/index.ts';
import { Answers } from './answers.ts';

const SEEK_DATA = 3,
  MIB = 1n << 20n;
let time = 0n;
const folio = (state: number, from: bigint, to: bigint, parent = 0): EventRow => ({
  kind: Kind.folio,
  time: ++time,
  inode: 1,
  type: state,
  offset: from,
  length: to - from,
  parent,
});
const asked = (op: number, opcode: number, body: Uint8Array): EventRow => ({
  kind: Kind.message,
  time: ++time,
  inode: 1,
  op,
  role: 1,
  flags: opcode,
  bytes: writeRequest({ opcode, unique: 2n }, { structs: [], data: body }),
});
const answered = (op: number, opcode: number, error: number, body: Uint8Array = new Uint8Array(0)): EventRow => ({
  kind: Kind.message,
  time: ++time,
  inode: 1,
  op,
  role: 2,
  flags: opcode,
  bytes: writeReply({ unique: 2n, error }, body),
});
const seek = (offset: bigint, found: bigint | undefined): EventRow[] => [
  asked(9, Opcode.LSEEK, lseekIn.encode({ offset, whence: SEEK_DATA })),
  answered(9, Opcode.LSEEK, found === undefined ? -6 : 0, found === undefined ? undefined : lseekOut.encode({ offset: found })),
];
const write = (flags: number, size: number): EventRow[] => [
  asked(8, Opcode.WRITE, new Uint8Array([...writeIn.encode({ offset: 4096n, size: 8192, write_flags: flags }), ...utf8('begin')])),
  answered(8, Opcode.WRITE, 0, writeOut.encode({ size })),
];
const say = (...rows: readonly EventRow[]): string[] =>
  new Answers(4096).take(frameOf(rows)).map(({ op, inode, offset, text }) => `${op} ${inode} ${offset} ${text.split(' ')[0]!}`);

describe('Answers finds LSEEK answered while pages are dirty', () => {
  test('where a MiB waits in the page cache and the server knows of no data', () => {
    expect(say(folio(FolioState.dirty, 0n, MIB), ...seek(0n, undefined))).toEqual(['9 1 0 W_SEEK_DIRTY']);
    expect(say(folio(FolioState.folioDirty, 8192n, 12288n), ...seek(0n, MIB))).toEqual(['9 1 0 W_SEEK_DIRTY']);
  });

  test('and nothing once they are written back, gone, or not known any more', () => {
    for (const after of [FolioState.writeback, FolioState.removed, FolioState.failed, FolioState.unknown, FolioState.clean])
      expect(say(folio(FolioState.dirty, 0n, MIB), folio(after, 0n, MIB), ...seek(0n, undefined))).toEqual([]);
    expect(say(folio(FolioState.dirty, 0n, MIB), { kind: Kind.lost, time: ++time }, ...seek(0n, undefined))).toEqual([]);
    expect(say(folio(FolioState.dirty, 0n, MIB), { kind: Kind.inodeGone, time: ++time, inode: 1 }, ...seek(0n, undefined))).toEqual([]);
  });

  test('still when a writeback ended that had begun before they became dirty again', () => {
    expect(
      say(
        folio(FolioState.writeback, 0n, MIB),
        folio(FolioState.dirty, 0n, 4096n),
        folio(FolioState.clean, 0n, MIB, 7),
        ...seek(0n, undefined),
      ),
    ).toEqual(['9 1 0 W_SEEK_DIRTY']);
  });

  test('but not for an answer that is right, or an errno of another kind', () => {
    expect(say(folio(FolioState.dirty, 0n, 4096n), ...seek(0n, 0n))).toEqual([]);
    expect(say(folio(FolioState.dirty, 0n, 4096n), seek(0n, 0n)[0]!, answered(9, Opcode.LSEEK, -5))).toEqual([]);
  });
});

test('Answers finds a WRITE from the page cache that was answered short, with what is lost', () => {
  const [violation] = new Answers(4096).take(frameOf(write(WriteFlag.CACHE, 512)));
  expect(violation).toEqual({
    op: 8,
    inode: 1,
    offset: 4096n,
    text: 'E_SHORT_CACHED_WRITE reply: a WRITE from the page cache is done whole or answered with an errno: what a short answer leaves out is lost, and fsync says nothing; found 512 of 8192 bytes (live-facts.md 8)',
  });
  expect(say(...write(WriteFlag.CACHE, 8192), ...write(0, 512))).toEqual([]);
});

test('Answers says nothing of messages that are cut, or answers to what was not seen', () => {
  const [request, reply] = seek(0n, 0n) as [EventRow, EventRow];
  expect(say(folio(FolioState.dirty, 0n, MIB), { ...request, bytes: request.bytes!.subarray(0, 50) }, reply)).toEqual([]);
  expect(say(folio(FolioState.dirty, 0n, MIB), { ...reply, bytes: new Uint8Array(3) }, answered(10, Opcode.LSEEK, -6))).toEqual([]);
});
