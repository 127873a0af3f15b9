import { beforeEach, describe, expect, test } from 'vitest';
import { formatOf } from '../fixtures/ftrace/formats.ts';
import { formatsOf } from '../fixtures/ftrace/records.ts';
import { Stage } from '../fixtures/ftrace/stage.ts';
import { createModel, OpState } from '../model/index.ts';
import { EndFlag, FolioState, How, MappingRole, OpType } from '../trace/index.ts';
import { U64_MAX } from '../units/index.ts';
import { type FtraceFormat, MapFlag, Opcode, OpFlag } from '../wire/index.ts';
import type { RulesName } from './rules.ts';

const DEV = 39;
const FILE = 5n;

/** Fields of fuse-iomap's events, as posted (`fuse_trace: implement the basic iomap mechanisms`); the order is that of nobody. */
const file = [
    ['uint64_t', 'ino', 8],
    ['dev_t', 'connection', 4],
  ] as const,
  range = [
    ['unsigned', 'opflags', 4],
    ['loff_t', 'offset', 8],
    ['loff_t', 'length', 8],
  ] as const,
  map = [
    ['uint16_t', 'maptype', 2],
    ['uint16_t', 'mapflags', 2],
    ['uint64_t', 'mapoffset', 8],
    ['uint64_t', 'maplength', 8],
    ['uint64_t', 'mapaddr', 8],
    ['uint32_t', 'mapdev', 4],
  ] as const;
const flagNames = '"%s", __print_flags(REC->opflags, "|", { (1U << 0), "write" }, { (1U << 4), "direct" }, { (1U << 6), "overwrite" })',
  mapNames = '"%s", __print_flags(REC->mapflags, "|", { (1U << 0), "new" }, { (1U << 7), "iomap_end" })';
const fuseIomap = [
  formatOf('fuse_iomap_begin', 2001, [...file, ...range], flagNames),
  formatOf('fuse_iomap_begin_error', 2002, [...file, ...range, ['int', 'error', 4]], flagNames),
  formatOf('fuse_iomap_read_map', 2003, [...file, ...map], mapNames),
  formatOf('fuse_iomap_write_map', 2004, [...file, ...map], mapNames),
  formatOf('fuse_iomap_end', 2005, [...file, ...range, ['size_t', 'written', 8], ...map], flagNames),
];

/** A FUSE mount with one file. */
class Mount extends Stage {
  constructor(
    release: '6.18' | '6.1' = '6.18',
    rules: RulesName = 'fuse',
    ownPids: readonly number[] = [],
    calls: readonly FtraceFormat[] = [],
  ) {
    super([...formatsOf(release).values(), ...fuseIomap, ...calls], {
      rules,
      identify: (dev, ino) => (dev === DEV && ino === FILE ? 7 : -1),
      volume: (dev) => (dev === DEV ? { dev, filesystem: 'fuse', device: 0, blockSize: 0 } : undefined),
      ownPids: new Set(ownPids),
    });
  }

  send(unique: bigint, opcode: number, len: number, pid = 100, connection = DEV): void {
    this.put('fuse_request_send', { connection, unique, opcode, len }, pid);
  }
  answer(unique: bigint, len: number, error = 0, connection = DEV): void {
    this.put('fuse_request_end', { connection, unique, len, error }, 9);
  }
}

const NONE = 2n ** 64n - 1n;
let stage: Mount;
beforeEach(() => void (stage = new Mount()));

describe('fuse_request_send and _end', () => {
  test('make an op of each request, from its queue to the taking of its answer', () => {
    stage.send(2n, Opcode.LOOKUP, 45);
    stage.send(4n, Opcode.WRITE, 80 + 1234);
    stage.answer(4n, 24);
    stage.answer(2n, 144);
    const request = { type: OpType.request, inode: 0, of: 0, from: 0n, pid: 100 };
    expect(stage.rows()).toEqual([
      { begin: 1, at: 10, flags: Opcode.LOOKUP, length: 0n, unique: 2n, ...request },
      { begin: 2, at: 20, flags: Opcode.WRITE, length: 1234n, unique: 4n, ...request },
      { end: 2, at: 30, result: 0n, errno: 0, flags: 0, how: How.observed, pid: 9 },
      { end: 1, at: 40, result: 0n, errno: 0, flags: 0, how: How.observed, pid: 9 },
    ]);
  });

  test('tell how much a READ gave, and with which errno a request was refused', () => {
    stage.send(2n, Opcode.READ, 80);
    stage.answer(2n, 16 + 4096);
    stage.send(4n, Opcode.GETXATTR, 66);
    stage.answer(4n, 16, -61);
    expect(stage.rows()).toMatchObject([{ begin: 1 }, { end: 1, result: 4096n }, { begin: 2 }, { end: 2, result: -61n, errno: 61 }]);
  });

  test('tell nothing of a request that has no number yet: its end could not be found', () => {
    stage.send(0n, Opcode.READ, 80);
    stage.answer(2n, 20);
    expect(stage.rows()).toEqual([]);
  });

  test('keep the connections apart, and tell nothing of those that nobody watches', () => {
    stage.send(2n, Opcode.READ, 80);
    stage.send(2n, Opcode.READ, 80, 100, DEV + 1);
    stage.answer(2n, 20, 0, DEV + 1);
    expect(stage.rows()).toMatchObject([{ begin: 1 }]);
    stage.answer(2n, 20);
    // Its begin was before the trace.
    stage.answer(6n, 20);
    expect(stage.rows()).toMatchObject([{ end: 1, result: 4n }]);
  });

  test('leave out what our own processes ask, and the mounts whose server tells by itself', () => {
    stage = new Mount('6.18', 'fuse', [100]);
    stage.send(2n, Opcode.GETATTR, 56);
    stage.answer(2n, 120);
    expect(stage.rows()).toEqual([]);
    stage = new Mount('6.18', 'served');
    stage.send(2n, Opcode.GETATTR, 56);
    expect(stage.rows()).toEqual([]);
  });

  test('are not there on 6.1, which changes nothing else', () => {
    stage = new Mount('6.1');
    expect(stage.has('fuse_request_send')).toBe(false);
    stage.put('mm_filemap_add_to_page_cache', { s_dev: DEV, i_ino: FILE, index: 0 });
    expect(stage.rows()).toMatchObject([{ folio: FolioState.added }]);
  });

  test('forget the eldest when answers never come', () => {
    for (let n = 0; n <= 1 << 16; n++) stage.send(BigInt(n + 1), Opcode.READ, 80);
    stage.rows();
    stage.answer(1n, 16);
    expect(stage.rows()).toEqual([]);
    stage.answer(2n, 16);
    expect(stage.rows()).toMatchObject([{ end: 2 }]);
  });
});

describe('sys_enter_* and sys_exit_* of its server', () => {
  /** Registers are 8 bytes wide, also those that hold an int. */
  const calls = ['read', 'readv', 'write', 'writev'].flatMap((name, i) => [
      formatOf(`sys_enter_${name}`, 3001 + 2 * i, [
        ['int', '__syscall_nr', 4],
        ['unsigned', 'fd', 8],
      ]),
      formatOf(`sys_exit_${name}`, 3002 + 2 * i, [
        ['int', '__syscall_nr', 4],
        ['loff_t', 'ret', 8],
      ]),
    ]),
    splice = [
      formatOf('sys_enter_splice', 3101, [
        ['int', 'fd_in', 8],
        ['int', 'fd_out', 8],
      ]),
      formatOf('sys_exit_splice', 3102, [['loff_t', 'ret', 8]]),
    ];

  test.each([
    ['read', { fd: 3 }, 'writev', { fd: 3 }],
    ['readv', { fd: 3n | (7n << 32n) }, 'write', { fd: 3 }],
    ['splice', { fd_in: 3, fd_out: 9 }, 'splice', { fd_in: 8, fd_out: 3 }],
  ])('tell when it takes a request by %s, and when it begins to answer', (reads, from, writes, to) => {
    const it = new Mount('6.18', 'fuse', [], [...calls, ...splice]);
    it.put(`sys_enter_${reads}`, from, 9);
    it.send(2n, Opcode.LOOKUP, 45);
    it.put(`sys_exit_${reads}`, { ret: 45n }, 9);
    it.put(`sys_enter_${writes}`, to, 9);
    it.answer(2n, 144);
    it.put(`sys_exit_${writes}`, { ret: 144n }, 9);
    const model = createModel();
    expect(it.rows(model)).toMatchObject([
      { begin: 1, at: 20 },
      { end: 1, at: 50 },
    ]);
    const [op] = model.ops.endedSlots().map((slot) => model.ops.at(slot));
    expect([op!.begin, op!.taken, op!.reply, op!.end].map((time) => time - 1000n)).toEqual([20n, 30n, 40n, 50n]);
  });

  test('tell nothing of what ended while records were lost', () => {
    const it = new Mount('6.18', 'fuse', [], calls);
    it.put('sys_enter_read', { fd: 3 }, 9);
    it.send(2n, Opcode.LOOKUP, 45);
    it.put('sys_exit_read', { ret: 45n }, 9);
    it.put('sys_enter_write', { fd: 3 }, 9);
    it.answer(2n, 144);
    it.deriver.lost(0, 3n, it.now - 30n, it.now);
    const model = createModel();
    it.rows(model);
    const [op] = model.ops.endedSlots().map((slot) => model.ops.at(slot));
    expect(op).toMatchObject({ taken: U64_MAX, reply: U64_MAX, state: OpState.ended });
  });
});

describe('fuse_iomap_*', () => {
  const it = { connection: DEV, ino: FILE },
    asked = { ...it, opflags: 0x41, offset: 4096n, length: 8192n };

  test('make an op of what the server is asked: the request, both mappings, and an end when one is sent', () => {
    stage.put('fuse_iomap_begin', asked);
    stage.send(8n, Opcode.IOMAP_BEGIN, 72);
    stage.answer(8n, 80);
    stage.put('fuse_iomap_read_map', { ...it, mapoffset: 4096n, maplength: 4096n, mapaddr: NONE, maptype: 0 });
    stage.put('fuse_iomap_write_map', {
      ...it,
      mapoffset: 4096n,
      maplength: 4096n,
      mapaddr: 65_536n,
      maptype: 2,
      mapflags: 0x81,
      mapdev: 3,
    });
    stage.put('fuse_iomap_end', { ...asked, written: 4096n });
    stage.send(10n, Opcode.IOMAP_END, 112);
    stage.answer(10n, 16);
    const flags = (OpFlag.WRITE | OpFlag.OVERWRITE_ONLY) >>> 0;
    expect(stage.rows()).toMatchObject([
      { begin: 1, type: OpType.iomap, flags, inode: 7, from: 4096n, length: 8192n, at: 10 },
      { begin: 2, type: OpType.request, flags: Opcode.IOMAP_BEGIN, of: 1, inode: 7 },
      { end: 2 },
      { reply: 1, at: 40 },
      { mapping: 1, role: MappingRole.read, from: 4096n, length: 4096n, addr: NONE, type: 0, device: 0 },
      { mapping: 1, role: MappingRole.write, addr: 65_536n, type: 2, flags: MapFlag.NEW | MapFlag.WANT_IOMAP_END, device: 0 },
      { end: 1, result: 4096n, flags: EndFlag.sent, at: 60 },
      { begin: 3, flags: Opcode.IOMAP_END, of: 1 },
      { end: 3 },
    ]);
  });

  test('end without one when the task goes on, and say when the server refused', () => {
    stage.put('fuse_iomap_begin', { ...asked, opflags: 0 });
    stage.put('fuse_iomap_read_map', { ...it, maplength: 4096n, maptype: 0 });
    stage.put('fuse_iomap_begin', asked);
    stage.put('fuse_iomap_begin_error', { ...asked, error: -28 });
    stage.put('fuse_iomap_end', { ...asked, written: 0n });
    expect(stage.rows()).toMatchObject([
      { begin: 1 },
      { reply: 1 },
      { mapping: 1 },
      { end: 1, how: How.unknown, flags: EndFlag.unseen },
      { begin: 2 },
      { end: 2, result: -28n, errno: 28 },
    ]);
  });

  test('hold what the kernel then does with the answer', () => {
    stage.put('iomap_iter', { dev: DEV, ino: FILE, pos: 4096n, flags: 1 });
    stage.put('fuse_iomap_begin', asked);
    stage.put('fuse_iomap_write_map', { ...it, mapoffset: 4096n, maplength: 4096n, mapaddr: 0n, maptype: 2 });
    stage.put('iomap_iter_dstmap', { dev: DEV, ino: FILE, offset: 4096n, length: 4096n, type: 2 });
    stage.put('iomap_iter', { dev: DEV, ino: FILE, pos: 8192n, flags: 1 });
    expect(stage.rows()).toMatchObject([
      { begin: 1, of: 0 },
      { reply: 1 },
      { mapping: 1 },
      { begin: 2, of: 1, type: OpType.iomap },
      { end: 1 },
      { folio: FolioState.dirty },
      { end: 2 },
    ]);
  });
});
