import fc from 'fast-check';
import { NO_ADDR } from '@mapscope/shared/trace';
import { checkReply, MapFlag, OpFlag, pureOverwrite } from '@mapscope/shared/wire';
import { describe, expect, test } from 'vitest';
import type { Begin, BeginReply, Filesystem, Mapping } from '../filesystem.ts';
import { Judge } from './judge.ts';
import type { Storage } from './storage.ts';

const BLOCK = 512,
  MAX = 1n << 20n;
const storage: Pick<Storage, 'has'> = { has: (cookie) => cookie === 1 };
const filesystem = { blockSize: BLOCK, maxBytes: MAX } as Filesystem;
const file = { blockSize: BLOCK, maxBytes: MAX, device: (cookie: number) => (cookie === 1 ? ('read and write' as const) : undefined) };

const bytes = fc.constantFrom(0n, 100n, 512n, 1024n, 2048n, MAX);
const mapping: fc.Arbitrary<Mapping> = fc.record({
  offset: bytes,
  length: bytes,
  addr: fc.constantFrom(4096n, NO_ADDR),
  type: fc.constantFrom(0, 1, 2, 3, 4, 255),
  flags: fc.constantFrom(0, MapFlag.NEW, MapFlag.SHARED, MapFlag.ATOMIC_BIO, 0x100),
  dev: fc.constantFrom(0, 1, 7),
});
const place: Mapping = { offset: 0n, length: 2048n, addr: 4096n, type: 2, flags: 0, dev: 1 };
/** Few different ones, most of them legal, so that the same comes again. */
const reply: fc.Arbitrary<BeginReply> = fc.oneof(
  fc.constantFrom<BeginReply>(
    { read: place },
    { read: { ...place, type: 3 } },
    { read: place, write: { ...place, addr: 8192n, flags: MapFlag.SHARED } },
    { read: { ...place, length: 512n, flags: MapFlag.SHARED } },
  ),
  fc
    .record({ read: mapping, write: fc.option(mapping, { nil: undefined }) })
    .map(({ read, write }) => (write ? { read, write } : { read })),
);
const begin: fc.Arbitrary<Begin> = fc.record({
  node: fc.constant(1n),
  ino: fc.constant(1n),
  pos: fc.constantFrom(0n, 100n, 512n, 2047n, 2048n),
  count: fc.constantFrom(1n, 412n, 512n, 2048n, 4096n),
  opflags: fc.constantFrom(
    0,
    OpFlag.WRITE,
    OpFlag.WRITE | OpFlag.DIRECT,
    OpFlag.WRITE | OpFlag.OVERWRITE_ONLY,
    OpFlag.WRITE | OpFlag.ATOMIC,
    OpFlag.WRITEBACK,
    OpFlag.UNSHARE,
    OpFlag.SWAPFILE,
    OpFlag.REPORT,
  ),
  caller: fc.constant({ pid: 1, uid: 0, gid: 0 }),
});

describe('Judge', () => {
  test('finds what checkReply finds, whatever it was shown before', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(begin, reply), { minLength: 1, maxLength: 40 }), (list) => {
        const judge = new Judge(filesystem, storage);
        for (const [asked, { read, write }] of list) {
          const expected = checkReply(asked, { read, write: write ?? pureOverwrite(read) }, file);
          expect(judge.check(asked, write ? { read, write } : { read })).toEqual(expected);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('does not take an object for what it was', () => {
    const judge = new Judge(filesystem, storage),
      asked: Begin = { node: 1n, ino: 1n, pos: 0n, count: 512n, opflags: 0, caller: { pid: 1, uid: 0, gid: 0 } },
      same = { ...place };
    expect(judge.check(asked, { read: same })).toEqual([]);
    same.dev = 7;
    expect(judge.check(asked, { read: same }).map(({ code }) => code)).toEqual(['E_DEV_UNKNOWN']);
  });
});
