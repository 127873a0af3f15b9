import { describe, expect, test } from 'vitest';
import {
  type BeginReply,
  checkEnd,
  checkReply,
  checkSeekAnswer,
  checkWriteAnswer,
  DELALLOC,
  HOLE,
  INLINE,
  MAPPED,
  MapFlag,
  type MappedFile,
  mapFlags,
  needsAllocation,
  NO_ADDRESS,
  OpFlag,
  PURE_OVERWRITE,
  pureOverwrite,
  sayViolation,
  UNWRITTEN,
  unusedReservation,
  wantsEnd,
  type WireMapping,
  wireTypes,
  WriteFlag,
} from './index.ts';

const BLOCK = 4096;
const file: MappedFile = { blockSize: BLOCK, maxBytes: 2n ** 63n - 1n };
const { NEW, DIRTY, SHARED, MERGED, BOUNDARY, ANON_WRITE, ATOMIC_BIO, WANT_IOMAP_END, SIZE_CHANGED, STALE } = MapFlag;
const { WRITE, ZERO, REPORT, DIRECT, OVERWRITE_ONLY, UNSHARE, DAX, ATOMIC, WRITEBACK, SWAPFILE } = OpFlag;

/** A mapping of two blocks from 0; those with a place are on device 1, each side of a reply at another address. */
const mapping = (type: number, flags = 0, over: Partial<WireMapping> = {}): WireMapping => {
  const has = type === MAPPED || type === UNWRITTEN;
  return { offset: 0n, length: 8192n, addr: has ? 1n << 20n : NO_ADDRESS, type, flags, dev: has ? 1 : 0, ...over };
};
const elsewhere = (type: number, flags = 0): WireMapping => mapping(type, flags, { addr: 1n << 30n });

type Reply = WireMapping | BeginReply;
/** The codes of what an operation on the first block and its reply break; one mapping alone is written over. */
const codes = (opflags: number, reply: Reply, of: Partial<{ pos: bigint; count: bigint; isSwapfile: boolean }> = {}): string[] =>
  checkReply(
    { pos: 0n, count: 4096n, opflags: opflags >>> 0, ...of },
    'read' in reply ? reply : { read: reply, write: pureOverwrite(reply) },
    file,
  ).map(({ code }) => code);

type Case = readonly [says: string, opflags: number, reply: Reply, ...codes: string[]];
const hole = mapping(HOLE);

/** One legal and one illegal reply for every type. */
const types: Record<string, readonly Case[]> = {
  HOLE: [
    ['answers a read of nothing', 0, hole],
    ['has no address', 0, mapping(HOLE, 0, { addr: 0n }), 'E_UNWANTED_ADDR'],
    ['has no device', 0, mapping(HOLE, 0, { dev: 1 }), 'E_UNWANTED_DEV'],
    ['answers zeroing, which needs no storage', ZERO, hole],
    ['does not answer a write', WRITE, hole, 'E_WRITE_HOLE'],
    ['answers unsharing, which passes over it', WRITE | UNSHARE, hole],
  ],
  DELALLOC: [
    ['answers a buffered write', WRITE, mapping(DELALLOC)],
    ['has no address', WRITE, mapping(DELALLOC, 0, { addr: 4096n }), 'E_UNWANTED_ADDR'],
    ['does not answer writeback', WRITEBACK, mapping(DELALLOC), 'E_WRITEBACK_TYPE'],
    ['does not answer a direct write', WRITE | DIRECT, mapping(DELALLOC), 'E_DIRECT_DELALLOC'],
    ['does not answer a DAX write', WRITE | DAX, mapping(DELALLOC), 'E_DIRECT_DELALLOC'],
  ],
  MAPPED: [
    ['answers a read', 0, mapping(MAPPED)],
    ['may lie at address 0', 0, mapping(MAPPED, 0, { addr: 0n })],
    ['has an address', 0, mapping(MAPPED, 0, { addr: NO_ADDRESS }), 'E_NEED_ADDR'],
    ['names a device', 0, mapping(MAPPED, 0, { dev: 0 }), 'E_NEED_DEV'],
    ['answers writeback', WRITEBACK, mapping(MAPPED)],
  ],
  UNWRITTEN: [
    ['answers a write', WRITE, mapping(UNWRITTEN)],
    ['names a device', WRITE, mapping(UNWRITTEN, 0, { dev: 0 }), 'E_NEED_DEV'],
  ],
  INLINE: [
    ['answers a read', 0, mapping(INLINE, 0, { length: 4096n })],
    ['has no address, and 0 is one', 0, mapping(INLINE, 0, { length: 4096n, addr: 0n }), 'E_UNWANTED_ADDR'],
    ['does not answer writeback', WRITEBACK, mapping(INLINE, 0, { length: 4096n }), 'E_WRITEBACK_TYPE'],
    ['is not longer than a block', 0, mapping(INLINE), 'W_INLINE_LONG'],
  ],
  PURE_OVERWRITE: [
    ['stands in the write mapping', WRITE, { read: mapping(MAPPED), write: mapping(PURE_OVERWRITE) }],
    ['does not stand in the read mapping', WRITE, mapping(PURE_OVERWRITE), 'E_OVERWRITE_READ'],
    ['carries no flags', WRITE, { read: mapping(MAPPED), write: mapping(PURE_OVERWRITE, NEW) }, 'E_OVERWRITE_STATE'],
    ['names no device', WRITE, { read: mapping(MAPPED), write: mapping(PURE_OVERWRITE, 0, { dev: 1 }) }, 'E_UNWANTED_DEV'],
    ['has no address', WRITE, { read: mapping(MAPPED), write: mapping(PURE_OVERWRITE, 0, { addr: 0n }) }, 'E_UNWANTED_ADDR'],
  ],
};

/** One legal and one illegal reply for every flag. */
const flags: Record<string, readonly Case[]> = {
  NEW: [
    ['tells of storage made for a write', WRITE, mapping(MAPPED, NEW)],
    ['tells of a fresh reservation', WRITE, { read: hole, write: mapping(DELALLOC, NEW) }],
    ['does not answer a read: it would give zeroes', 0, mapping(MAPPED, NEW), 'W_NEW_READ'],
    ['does not go with a HOLE', ZERO, mapping(HOLE, NEW), 'W_FLAG_TYPE'],
  ],
  DIRTY: [
    ['may stand on anything', WRITE, mapping(MAPPED, DIRTY)],
    ['does not stand on a swap file', REPORT | SWAPFILE, mapping(MAPPED, DIRTY), 'E_SWAP_FLAGS'],
  ],
  SHARED: [
    ['tells of storage that a read may read', 0, mapping(MAPPED, SHARED)],
    ['is written elsewhere', WRITE, { read: mapping(MAPPED, SHARED), write: elsewhere(UNWRITTEN, NEW) }],
    ['is not written in place', WRITE, mapping(MAPPED, SHARED), 'W_SHARED_IN_PLACE'],
    [
      'is not written in place by saying the place twice',
      WRITEBACK,
      { read: mapping(MAPPED, SHARED), write: mapping(MAPPED) },
      'W_SHARED_IN_PLACE',
    ],
    ['does not go with INLINE', 0, mapping(INLINE, SHARED, { length: 4096n }), 'W_FLAG_TYPE'],
    ['does not stand on a swap file', REPORT | SWAPFILE, mapping(MAPPED, SHARED), 'E_SWAP_FLAGS'],
  ],
  MERGED: [
    ['tells of several extents in a report', REPORT, mapping(MAPPED, MERGED)],
    ['does not go with a HOLE', REPORT, mapping(HOLE, MERGED), 'W_FLAG_TYPE'],
  ],
  BOUNDARY: [
    ['keeps the I/O of two mappings apart', WRITEBACK, mapping(MAPPED, BOUNDARY)],
    ['does not go with a reservation, which has no I/O', WRITE, mapping(DELALLOC, BOUNDARY), 'W_FLAG_TYPE'],
  ],
  ANON_WRITE: [
    ['answers a write whose place is chosen at submission', WRITEBACK, mapping(MAPPED, ANON_WRITE)],
    ['is not in place, so SHARED storage is safe', WRITE, mapping(MAPPED, SHARED | ANON_WRITE)],
    ['does not answer a read', 0, mapping(MAPPED, ANON_WRITE), 'W_ANON_READ'],
  ],
  ATOMIC_BIO: [
    ['answers an atomic write', WRITE | DIRECT | ATOMIC, mapping(MAPPED, ATOMIC_BIO)],
    ['is not left out of the answer to an atomic write', WRITE | DIRECT | ATOMIC, mapping(MAPPED), 'E_ATOMIC'],
    ['does not make storage of a reservation', WRITE | ATOMIC, mapping(DELALLOC, ATOMIC_BIO), 'E_ATOMIC', 'W_FLAG_TYPE'],
  ],
  WANT_IOMAP_END: [
    ['may stand on anything, also on a read', 0, mapping(HOLE, WANT_IOMAP_END)],
    [
      'does not stand on PURE_OVERWRITE',
      WRITE,
      { read: mapping(MAPPED), write: mapping(PURE_OVERWRITE, WANT_IOMAP_END) },
      'E_OVERWRITE_STATE',
    ],
  ],
  SIZE_CHANGED: [['is the kernel’s, at the end', WRITE, mapping(MAPPED, SIZE_CHANGED), 'E_FLAGS']],
  STALE: [['is the kernel’s, at the end', WRITE, mapping(MAPPED, STALE), 'E_FLAGS']],
};

/** What single operations ask for. */
const operations: Record<string, readonly Case[]> = {
  'an overwrite that may not allocate': [
    ['is answered with one extent over all of it', WRITE | DIRECT | OVERWRITE_ONLY, mapping(MAPPED)],
    ['or with one that is unwritten', WRITE | DIRECT | OVERWRITE_ONLY, mapping(UNWRITTEN)],
    ['but not so for DAX', WRITE | DAX | OVERWRITE_ONLY, mapping(UNWRITTEN), 'E_OVERWRITE_ONLY'],
    ['not with a hole', WRITE | DIRECT | OVERWRITE_ONLY, hole, 'E_WRITE_HOLE', 'E_OVERWRITE_ONLY'],
    [
      'not with another place',
      WRITE | DIRECT | OVERWRITE_ONLY,
      { read: mapping(MAPPED, SHARED), write: elsewhere(MAPPED) },
      'E_OVERWRITE_ONLY',
    ],
  ],
  unsharing: [
    [
      'copies from the read mapping to a SHARED write mapping',
      WRITE | UNSHARE,
      { read: mapping(MAPPED, SHARED), write: elsewhere(UNWRITTEN, SHARED | NEW) },
    ],
    ['has nothing to do where nothing is shared', WRITE | UNSHARE, mapping(MAPPED)],
    ['copies nothing in place', WRITE | UNSHARE, mapping(MAPPED, SHARED), 'W_UNSHARE'],
    [
      'copies nothing to a write mapping that is not SHARED',
      WRITE | UNSHARE,
      { read: mapping(MAPPED, SHARED), write: elsewhere(MAPPED) },
      'W_UNSHARE',
    ],
  ],
  'a swap file': [
    ['is storage everywhere', REPORT | SWAPFILE, mapping(UNWRITTEN)],
    ['has no holes', REPORT | SWAPFILE, hole, 'E_SWAP_TYPE'],
  ],
  'a copy on write': [
    ['reads from one place and writes to another', WRITE, { read: mapping(MAPPED, SHARED), write: elsewhere(UNWRITTEN, NEW | SHARED) }],
  ],
};

for (const [table, cases] of [
  ['type', types],
  ['flag', flags],
  ['operation', operations],
] as const)
  describe(`checkReply and the ${table}`, () => {
    for (const [name, list] of Object.entries(cases))
      for (const [says, opflags, reply, ...expected] of list)
        test(`${name} ${says}`, () => {
          expect(codes(opflags, reply)).toEqual(expected);
        });
  });

test('every type and every flag of the seeds has a legal and an illegal reply above, but the flags that only the kernel sets', () => {
  const kinds = (list: readonly Case[]): string => [...new Set(list.map((c) => (c.length === 3 ? 'legal' : 'illegal')))].toSorted().join();
  expect(Object.fromEntries(Object.entries(types).map(([name, list]) => [name, kinds(list)]))).toEqual(
    Object.fromEntries(wireTypes.rows.filter(([, n]) => n <= 4 || n === 255).map(([name]) => [name, 'illegal,legal'])),
  );
  expect(Object.fromEntries(Object.entries(flags).map(([name, list]) => [name, kinds(list)]))).toEqual(
    Object.fromEntries(mapFlags.bits.map(([name, bit]) => [name, bit < 8 ? 'illegal,legal' : 'illegal'])),
  );
});

describe('checkReply', () => {
  test('wants an overwrite of unwritten storage aligned to blocks', () => {
    expect(codes(WRITE | DIRECT | OVERWRITE_ONLY, mapping(UNWRITTEN), { pos: 512n, count: 512n })).toEqual(['E_OVERWRITE_ONLY']);
    expect(codes(WRITE | DIRECT | OVERWRITE_ONLY, mapping(MAPPED), { count: 16384n })).toEqual(['E_OVERWRITE_ONLY']);
  });

  test('takes a REPORT for a swap file when it is told so', () => {
    expect(codes(REPORT, hole)).toEqual([]);
    expect(codes(REPORT, hole, { isSwapfile: true })).toEqual(['E_SWAP_TYPE']);
  });

  test('knows devices and how they were opened, where it is told', () => {
    const device = (cookie: number): 'read' | undefined => (cookie === 1 ? 'read' : undefined),
      reply = (dev: number): BeginReply => ({ read: mapping(MAPPED, 0, { dev }), write: pureOverwrite(mapping(MAPPED)) });
    const say = (opflags: number, dev: number): string[] =>
      checkReply({ pos: 0n, count: 1n, opflags }, reply(dev), { ...file, device }).map(({ code, errno }) => `${code} ${errno}`);
    expect(say(0, 1)).toEqual([]);
    expect(say(WRITE, 1)).toEqual(['E_DEV_ACCESS 13']);
    expect(say(0, 2)).toEqual(['E_DEV_UNKNOWN 117']);
  });

  test('judges the mappings alone where nothing is known of the operation', () => {
    const reply = { read: mapping(MAPPED, 0, { offset: 1n, length: 0n }), write: mapping(HOLE) };
    expect(checkReply(undefined, reply, {}).map(({ code }) => code)).toEqual(['E_LEN_ZERO']);
  });

  test('tells a place by where its offset 0 would be: the two mappings may begin at different offsets', () => {
    const write = (addr: bigint): BeginReply => ({
      read: mapping(MAPPED, SHARED),
      write: mapping(MAPPED, 0, { offset: 4096n, length: 4096n, addr }),
    });
    expect(codes(WRITE, write((1n << 20n) + 4096n), { pos: 4096n })).toEqual(['W_SHARED_IN_PLACE']);
    expect(codes(WRITE, write(1n << 20n), { pos: 4096n })).toEqual([]);
  });

  test('does not judge by blocks of no bytes', () => {
    const reply = { read: mapping(MAPPED, 0, { length: 8191n }), write: mapping(INLINE, 0, { length: 8191n }) },
      operation = { pos: 0n, count: 1n, opflags: WRITE | OVERWRITE_ONLY };
    expect(checkReply(operation, reply, { blockSize: 0 })).toEqual(checkReply(operation, reply, {}));
  });

  test('says code, side, rule, what was found and where the rule stands', () => {
    const [violation] = checkReply(undefined, { read: mapping(MAPPED, 0, { dev: 0 }), write: pureOverwrite(hole) }, {});
    expect(sayViolation(violation!)).toBe('E_NEED_DEV read: MAPPED and UNWRITTEN name a device; found 0 (protocol.md 4.1)');
  });
});

describe('checkEnd', () => {
  const end = { pos: 0n, count: 8192n, opflags: WRITE, written: 8192n, map: mapping(MAPPED, SIZE_CHANGED | STALE) };
  const said = (over: Partial<typeof end>, begin?: { pos: bigint; count: bigint; opflags: number }): string[] =>
    checkEnd({ ...end, ...over }, begin).map(({ code }) => code);

  test('is content with the kernel’s own flags, with less than all and with an errno', () => {
    expect([said({}), said({ written: 0n }), said({ written: -5n }), said({ written: -4095n })]).toEqual([[], [], [], []]);
  });

  test('finds more written than asked and a negative number that is no errno inconsistent', () => {
    expect(said({ written: 8193n })).toEqual(['W_WRITTEN']);
    expect(said({ written: -4096n })).toEqual(['W_WRITTEN_ERRNO']);
  });

  test('finds a mapping that is none, or not around the range', () => {
    expect(said({ map: mapping(PURE_OVERWRITE) })).toEqual(['W_END_TYPE']);
    expect(said({ map: mapping(MAPPED, 0x400) })).toEqual(['W_END_FLAGS']);
    expect(said({ pos: 4096n })).toEqual(['W_END_RANGE']);
  });

  test('lets count be trimmed to the mapping, and be no longer than that of the begin', () => {
    expect(said({}, { pos: 0n, count: 65536n, opflags: WRITE })).toEqual([]);
    expect(said({}, { pos: 0n, count: 4096n, opflags: WRITE })).toEqual(['W_END_COUNT']);
    expect(said({}, { pos: 0n, count: 65536n, opflags: 0 })).toEqual(['W_END_PAIR']);
  });
});

test('unusedReservation is what a write left of a fresh reservation', () => {
  const fresh = mapping(DELALLOC, NEW);
  expect(unusedReservation(fresh, 0n, 8192n, 4096n)).toEqual({ from: 4096n, to: 8192n });
  expect(unusedReservation(fresh, 0n, 8192n, -5n)).toEqual({ from: 0n, to: 8192n });
  expect(unusedReservation(fresh, 0n, 8192n, 8192n)).toBeUndefined();
  expect(unusedReservation(mapping(DELALLOC), 0n, 8192n, 0n)).toBeUndefined();
  expect(unusedReservation(mapping(MAPPED, NEW), 0n, 8192n, 0n)).toBeUndefined();
});

test('pureOverwrite has the range of the read mapping and nothing else of it', () => {
  expect(pureOverwrite(mapping(MAPPED, SHARED, { offset: 4096n }))).toEqual({
    offset: 4096n,
    length: 8192n,
    addr: 2n ** 64n - 1n,
    type: 255,
    flags: 0,
    dev: 0,
  });
});

test('needsAllocation is no for a read of a hole, as the review of the patch asks', () => {
  expect(needsAllocation(HOLE, 0)).toBe(false);
  expect(needsAllocation(HOLE, REPORT)).toBe(false);
  expect(needsAllocation(HOLE, WRITE)).toBe(true);
  expect(needsAllocation(HOLE, WRITEBACK)).toBe(true);
  expect(needsAllocation(HOLE, WRITE | ZERO)).toBe(false);
  expect(needsAllocation(MAPPED, WRITE)).toBe(false);
});

test('wantsEnd is no for a plain read and a full overwrite, yes for a short write and where it is asked for', () => {
  expect(wantsEnd(0, 0, 4096n, 4096n)).toBe(false);
  expect(wantsEnd(WRITE, 0, 4096n, 4096n)).toBe(false);
  expect(wantsEnd(WRITE, 0, 4096n, 512n)).toBe(true);
  expect(wantsEnd(WRITE, SIZE_CHANGED, 4096n, 4096n)).toBe(true);
  expect(wantsEnd(0, WANT_IOMAP_END, 4096n, 4096n)).toBe(true);
  expect(wantsEnd(WRITEBACK, 0, 4096n, 0n)).toBe(false);
});

describe('checkWriteAnswer', () => {
  const said = (writeFlags: number, written: number): string[] =>
    checkWriteAnswer({ writeFlags, size: 8192, written }).map(({ code }) => code);

  test('finds a WRITE from the page cache that was answered short: the rest is lost', () => {
    expect(said(WriteFlag.CACHE, 512)).toEqual(['E_SHORT_CACHED_WRITE']);
    expect(said(WriteFlag.CACHE, 8192)).toEqual([]);
  });

  test('lets a write of a process be short, which is told', () => {
    expect(said(0, 512)).toEqual([]);
  });
});

describe('checkSeekAnswer', () => {
  const DATA = 3,
    SEEK_HOLE = 4;
  const said = (whence: number, offset: bigint, found: bigint | undefined, ...dirty: readonly (readonly [bigint, bigint])[]): string[] =>
    checkSeekAnswer({
      whence,
      offset,
      found,
      pageSize: 4096n,
      firstDirty: (from, to) => dirty.map(([a, b]) => [a > from ? a : from, b < to ? b : to] as const).find(([a, b]) => a < b)?.[0],
    }).map(({ code }) => code);

  test('finds dirty bytes in what SEEK_DATA was told is a hole', () => {
    expect(said(DATA, 0n, undefined, [0n, 4096n])).toEqual(['W_SEEK_DIRTY']);
    expect(said(DATA, 0n, 65536n, [4096n, 8192n])).toEqual(['W_SEEK_DIRTY']);
    expect(said(DATA, 8192n, 65536n, [4096n, 8192n])).toEqual([]);
  });

  test('finds dirty bytes where SEEK_HOLE was told that a hole begins', () => {
    expect(said(SEEK_HOLE, 0n, 8192n, [8192n, 12288n])).toEqual(['W_SEEK_DIRTY']);
    expect(said(SEEK_HOLE, 0n, 8192n, [0n, 8192n])).toEqual([]);
  });

  test('says nothing of the page in which the file ends', () => {
    expect(said(SEEK_HOLE, 0n, 5000n, [4096n, 8192n])).toEqual([]);
    expect(said(SEEK_HOLE, 0n, 5000n, [4096n, 12288n])).toEqual(['W_SEEK_DIRTY']);
  });
});
