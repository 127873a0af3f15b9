import type { Mapping, Op } from '@mapscope/shared/model';
import { Asker, Change, MappingRole, OpType, SourceId } from '@mapscope/shared/trace';
import { U64_MAX } from '@mapscope/shared/units';
import { OpFlag, Opcode } from '@mapscope/shared/wire';
import { describe, expect, test } from 'vitest';
import { actedUpon, opFlagWords, opSentence, opTitleOf, sayAbout, sayProcess, sayRange } from './op-words.ts';
import { requestTimes } from './request-words.ts';

const MiB = 1n << 20n;
const mapping = (role: number, type: number, more: Partial<Mapping> = {}): Mapping =>
  ({ role, type, from: 4n * MiB, to: 5n * MiB, addr: U64_MAX, device: 0, flags: 0, at: 0n, how: 1, ...more }) as Mapping;
const op = (more: Partial<Op> = {}): Op =>
  ({
    op: 1,
    inode: 1,
    type: OpType.iomap,
    asker: Asker.engine,
    source: SourceId.fuse,
    flags: OpFlag.WRITE,
    from: 4n * MiB,
    length: 65_536n,
    begin: 0n,
    end: 10n,
    reply: 5n,
    result: 65_536n,
    errno: 0,
    replyErrno: 0,
    mappings: [],
    ...more,
  }) as Op;

test('sayProcess says writeback of a WRITE alone: a RELEASE or a FORGET has no pid either', () => {
  const said = (type: OpType, flags: number, pid: number): string | undefined => sayProcess({ type, flags, pid });
  expect([
    said(OpType.request, Opcode.WRITE, 7),
    said(OpType.request, Opcode.WRITE, 0),
    said(OpType.request, Opcode.RELEASE, 0),
    said(OpType.request, Opcode.FORGET, 0),
    said(OpType.iomap, OpFlag.WRITE, 0),
  ]).toEqual(['pid 7', 'kernel writeback', 'the kernel names none', 'the kernel names none', undefined]);
});

describe('requestTimes', () => {
  const watched = { type: OpType.request, source: SourceId.tracefs, begin: 0n, taken: 5000n, reply: 25_000n, end: 26_000n };

  test('says where the time of a request to a watched server went, and how each part is known', () => {
    expect(requestTimes(watched)).toEqual([
      ['queue', '5 µs, derived'],
      ['server', '20 µs, derived'],
      ['reply', '1 µs, observed'],
    ]);
  });
  test('parts nothing that could not be told apart, and says how it can be', () => {
    expect(requestTimes({ ...watched, taken: U64_MAX })).toEqual([
      ['queue, server', '25 µs, observed; not told apart: more than one read may have taken it'],
      ['reply', '1 µs, observed'],
    ]);
    expect(requestTimes({ ...watched, taken: U64_MAX, reply: U64_MAX })).toEqual([
      ['queue, server', expect.stringContaining('`watch --request-times`')],
    ]);
  });
  test('says nothing of a request that its own server tells of, or that is still open', () => {
    expect(requestTimes({ ...watched, source: SourceId.fuse })).toEqual([]);
    expect(requestTimes({ ...watched, end: U64_MAX })).toEqual([]);
  });
});

describe('opTitleOf', () => {
  test('says what an op does, not how', () => {
    expect(
      [
        OpFlag.WRITE,
        0,
        OpFlag.ZERO | OpFlag.WRITE,
        OpFlag.REPORT,
        OpFlag.WRITE | OpFlag.FAULT,
        OpFlag.FAULT,
        OpFlag.WRITEBACK | OpFlag.WRITE,
        OpFlag.UNSHARE,
      ].map((flags) => opTitleOf(OpType.iomap, flags)),
    ).toEqual(['WRITE', 'READ', 'ZERO', 'REPORT', 'WRITE FAULT', 'READ FAULT', 'WRITEBACK', 'UNSHARE']);
  });
  test('says what a change does, not what its number would be as op flags', () => {
    expect([Change.truncate, Change.punch, Change.share, 99].map((change) => opTitleOf(OpType.change, change))).toEqual([
      'TRUNCATE',
      'PUNCH',
      'SHARE',
      'change 99?',
    ]);
    expect(opFlagWords({ type: OpType.change, flags: Change.truncate })).toEqual([]);
  });
  test('says the opcode of a request, also one that nobody has named', () => {
    expect(opTitleOf(OpType.request, Opcode.FSYNC)).toBe('FSYNC request');
    expect(opTitleOf(OpType.request, 777)).toBe('op 777? request');
  });
});

describe('opSentence', () => {
  test('says of a fault that gave a program persistent memory to write to what cannot be seen from then on', () => {
    const fault = op({ type: OpType.fault, flags: OpFlag.FAULT | OpFlag.WRITE | OpFlag.DAX, asker: Asker.kernel, endFlags: 0x100 }),
      unseen = 'What is stored there from now on is not observable.';
    expect(opSentence(fault, 'a.db')).toContain(unseen);
    for (const other of [
      op({ ...fault, flags: OpFlag.FAULT | OpFlag.DAX }),
      op({ ...fault, endFlags: 0x800 }),
      op({ ...fault, end: U64_MAX }),
    ])
      expect(opSentence(other, 'a.db')).not.toContain(unseen);
  });
  test('says of what a fault asked the filesystem that it asked, and of one that fell back that it did', () => {
    const fault = op({ type: OpType.fault, flags: OpFlag.FAULT | OpFlag.DAX, asker: Asker.kernel, endFlags: 0, length: 0n, result: 0n });
    expect(opSentence(fault, 'a.db')).toBe(
      'The kernel asked where a.db is from 4 MiB on, since a program touched a page that was not mapped.',
    );
    expect(opSentence(op({ ...fault, length: 2n * MiB, endFlags: 0x800 }), 'a.db')).toBe(
      'A program touched 2 MiB of a.db at 4 MiB that were not mapped. A page of that size could not be: a smaller one was tried.',
    );
  });
  test('says who asked, what came back, and how it ended', () => {
    const answered = op({
      mappings: [mapping(MappingRole.read, 0), mapping(MappingRole.write, 2, { addr: 30n * MiB, device: 1, flags: 1 })],
    });
    expect(opSentence(answered, 'a.db')).toBe(
      'Our engine, playing the kernel, asked where 64 KiB of a.db at 4 MiB are, to write them. They got fresh space at 30 MiB of device 1. All of it was done.',
    );
  });
  test('names no file and no place of a request of which nothing tells them', () => {
    const watched = op({ type: OpType.request, source: SourceId.tracefs, inode: 0, flags: Opcode.WRITE, from: 0n, length: 4096n });
    expect(opSentence(watched, '')).toMatch(/^The kernel asked for WRITE of 4 KiB; of which file is not told\./);
    expect(sayAbout(watched, 'dec', 4096)).toBe('4 KiB');
    expect(sayAbout(op(), 'dec', 4096)).toBe('64 KiB at 4 MiB');
    expect(sayAbout(op({ length: 0n, result: 0n }), 'dec', 4096)).toBe('');
  });
  test('says what failed by its name', () => {
    expect(opSentence(op({ errno: 28, asker: Asker.kernel }), 'a')).toMatch(/^The kernel asked .* It failed: ENOSPC\.$/);
  });
  test('says that an op is still open, and what of it was done', () => {
    expect(opSentence(op({ end: U64_MAX }), 'a')).toMatch(/It is still open\.$/);
    expect(opSentence(op({ result: 4096n }), 'a')).toMatch(/4 KiB of it were done\.$/);
  });
  test('says of what was only seen by its end that it happened in the page cache', () => {
    expect(opSentence(op({ source: SourceId.tracefs, length: 0n, result: 98_304n }), 'a')).toMatch(
      /^The kernel wrote 96 KiB of a at 4 MiB in the page cache\./,
    );
  });
  test('speaks of the mount where there is no file', () => {
    expect(opSentence(op({ type: OpType.request, flags: Opcode.STATFS, length: 0n, result: 0n }), '')).toBe(
      'The kernel asked for STATFS of the mount.',
    );
  });
});

test('actedUpon takes the write side, unless it says "as the read side"', () => {
  const read = mapping(MappingRole.read, 2),
    write = mapping(MappingRole.write, 0),
    pure = mapping(MappingRole.write, 255);
  expect(actedUpon([read, write])).toBe(write);
  expect(actedUpon([read, pure])).toBe(read);
  expect(actedUpon([])).toBeUndefined();
});

test('opFlagWords has a sentence for each flag, and keeps a bit that nobody has named', () => {
  expect(opFlagWords({ type: OpType.iomap, flags: OpFlag.DIRECT | 0x4000 })).toEqual([
    ['DIRECT', 'direct I/O, past the page cache'],
    ['0x4000?', 'a bit without a name'],
  ]);
});

test('sayRange says the place in the chosen notation, the length as a size', () => {
  expect(sayRange(4n * MiB, 65_536n, 'dec', 4096)).toBe('64 KiB at 4 MiB');
  expect(sayRange(4n * MiB, 65_536n, 'hex', 4096)).toBe('64 KiB at 0x400000');
});
