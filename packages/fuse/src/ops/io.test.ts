import { afterEach, describe, expect, test } from 'vitest';
import { Asker, FolioState, OpType } from '@mapscope/shared/trace';
import {
  readIn,
  Errno,
  fallocateIn,
  fsyncIn,
  inHeader,
  iomapBeginIn,
  iomapBeginOut,
  lseekIn,
  lseekOut,
  Opcode,
  openIn,
  openOut,
  releaseIn,
  SetattrFlag,
  setattrIn,
  WriteFlag,
  writeIn,
} from '@mapscope/shared/wire';
import { type Reply, replyOf, request } from '../testing/requests.ts';
import { sessionRig, as, create, write, read, closeRigs } from '../testing/session-rig.ts';

afterEach(closeRigs);

describe('data', () => {
  test('SETATTR size zeroes the edge of the block, and what comes back later is zeroes', async () => {
    const r = await sessionRig(),
      node = await create(r);
    await write(r, node, 0, 'x'.repeat(1000));
    for (const size of [10n, 600n]) await r.ask(Opcode.SETATTR, node, setattrIn.encode({ valid: SetattrFlag.SIZE, size }));
    expect(await read(r, node, 0, 1000)).toBe('x'.repeat(10) + '\0'.repeat(590));
  });

  test('a size past the largest file is EFBIG, by whatever way, and changes nothing', async () => {
    const r = await sessionRig(),
      node = await create(r),
      most = r.fs.maxBytes;
    await write(r, node, 0, 'kept');
    const errors = [
      await r.ask(Opcode.SETATTR, node, setattrIn.encode({ valid: SetattrFlag.SIZE, size: most + 1n })),
      await r.ask(Opcode.FALLOCATE, node, fallocateIn.encode({ mode: 0, offset: most - 1n, length: 2n })),
      await r.ask(Opcode.WRITE, node, writeIn.encode({ offset: most - 1n, size: 2 }), Buffer.from('ab')),
    ].map(({ error }) => error);
    expect(errors).toEqual([-Errno.EFBIG, -Errno.EFBIG, -Errno.EFBIG]);
    expect(await read(r, node, 0, 100)).toBe('kept');
  });

  test('a WRITE whose data is not as long as it says is EIO, and nothing of it is written; what follows as an extension is no data', async () => {
    const r = await sessionRig(),
      node = await create(r),
      head = (size: number): Uint8Array => writeIn.encode({ offset: 0n, size });
    for (const size of [4, 6]) expect((await r.ask(Opcode.WRITE, node, head(size), Buffer.from('12345'))).error).toBe(-Errno.EIO);
    expect(await read(r, node, 0, 100)).toBe('');
    const { bytes, unique } = request(Opcode.WRITE, node, head(5), Buffer.from('12345'), new Uint8Array(8));
    inHeader.write({ len: bytes.length, opcode: Opcode.WRITE, unique, nodeid: node, pid: 7, total_extlen: 1 }, bytes);
    r.push(bytes);
    expect(replyOf(await r.kernel.next()).error).toBe(0);
    expect(await read(r, node, 0, 100)).toBe('12345');
  });

  test('FALLOCATE punches and zeroes byte ranges, and grows without KEEP_SIZE', async () => {
    const r = await sessionRig(),
      node = await create(r);
    await write(r, node, 0, 'x'.repeat(3000));
    await r.ask(Opcode.FALLOCATE, node, fallocateIn.encode({ mode: 3, offset: 100n, length: 1500n }));
    await r.ask(Opcode.FALLOCATE, node, fallocateIn.encode({ mode: 0, offset: 3000n, length: 1000n }));
    expect(await read(r, node, 0, 5000)).toBe('x'.repeat(100) + '\0'.repeat(1500) + 'x'.repeat(1400) + '\0'.repeat(1000));
    expect((await r.ask(Opcode.FALLOCATE, node, fallocateIn.encode({ mode: 8, offset: 0n, length: 512n }))).error).toBe(-Errno.EOPNOTSUPP);
  });

  test('LSEEK answers data and holes, and ENXIO past the end', async () => {
    const r = await sessionRig(),
      node = await create(r);
    await write(r, node, 2048, 'x');
    const seek = (offset: bigint, whence: number): Promise<Reply> => r.ask(Opcode.LSEEK, node, lseekIn.encode({ offset, whence }));
    expect(as(lseekOut, await seek(0n, 3))).toEqual({ offset: 2048n });
    expect(as(lseekOut, await seek(0n, 4))).toEqual({ offset: 0n });
    expect((await seek(5000n, 3)).error).toBe(-Errno.ENXIO);
  });

  test('a write to DELALLOC is kept and read back, and gets its place at FSYNC', async () => {
    const r = await sessionRig({ memory: { isDelalloc: true } }),
      node = await create(r);
    await write(r, node, 0, 'delayed');
    expect(await read(r, node, 0, 10)).toBe('delayed');
    expect(r.rows().filter(({ kind }) => kind === 'io')).toEqual([]);
    expect((await r.ask(Opcode.FSYNC, node, fsyncIn.encode({}))).error).toBe(0);
    expect(r.rows().filter(({ kind, flags }) => kind === 'io' && flags === 1).length).toBe(2);
    expect(await read(r, node, 0, 10)).toBe('delayed');
  });

  test('a delayed write that finds no space is told to FSYNC, once', async () => {
    const r = await sessionRig({ memory: { isDelalloc: true } }),
      node = await create(r);
    await write(r, node, 0, 'delayed');
    r.fs.isFull = true;
    expect((await r.ask(Opcode.FSYNC, node, fsyncIn.encode({}))).error).toBe(-Errno.ENOSPC);
    expect((await r.ask(Opcode.FSYNC, node, fsyncIn.encode({}))).error).toBe(0);
  });

  test('a cached WRITE is WRITEBACK, all or an errno, and its folios go from writeback to clean or failed', async () => {
    const r = await sessionRig({ cache: 'writeback' }),
      node = await create(r);
    r.rows();
    await write(r, node, 4096, 'x'.repeat(100), { write_flags: WriteFlag.CACHE });
    const states = r
      .rows()
      .filter(({ kind }) => kind === 'folio')
      .map(({ type, offset, length }) => [type, offset, length]);
    expect(states).toEqual([
      [FolioState.writeback, 4096n, 4096n],
      [FolioState.clean, 4096n, 4096n],
    ]);
    r.fs.isFull = true;
    expect((await write(r, node, 9000, 'y', { write_flags: WriteFlag.CACHE })).error).toBe(-Errno.ENOSPC);
    expect(
      r
        .rows()
        .filter(({ kind }) => kind === 'folio')
        .map(({ type, errno }) => [type, errno]),
    ).toEqual([
      [FolioState.writeback, 0],
      [FolioState.failed, Errno.ENOSPC],
    ]);
    expect(await read(r, node, 4096, 100)).toBe('x'.repeat(100));
  });

  test('a cached WRITE or READ is of whole pages, however large those of the machine are', async () => {
    const r = await sessionRig({ cache: 'writeback', pageSize: 1 << 16 }),
      node = await create(r);
    r.rows();
    await write(r, node, 4096, 'x'.repeat(100), { write_flags: WriteFlag.CACHE });
    await read(r, node, 4096, 100);
    expect(
      r
        .rows()
        .filter(({ kind }) => kind === 'folio')
        .map(({ type, offset, length }) => [type, offset, length]),
    ).toEqual([FolioState.writeback, FolioState.clean, FolioState.uptodate].map((state) => [state, 0n, 65536n]));
  });

  test('a cached READ makes its pages uptodate, a direct one touches no page', async () => {
    const r = await sessionRig({ cache: 'writeback' }),
      node = await create(r);
    await write(r, node, 0, 'x'.repeat(5000), { write_flags: WriteFlag.CACHE });
    r.rows();
    await read(r, node, 4096, 4096);
    expect(
      r
        .rows()
        .filter(({ kind }) => kind === 'folio')
        .map(({ type, offset, length }) => [type, offset, length]),
    ).toEqual([[FolioState.uptodate, 4096n, 4096n]]);
    await r.ask(Opcode.READ, node, readIn.encode({ offset: 0n, size: 4096, flags: 0o40000 }));
    expect(r.rows().filter(({ kind }) => kind === 'folio')).toEqual([]);
  });

  test('RELEASE of the last handle tells the filesystem', async () => {
    let released = 0;
    const r = await sessionRig({ wrap: (fs) => Object.assign(fs, { released: () => released++ }) }),
      node = await create(r);
    const { fh } = as(openOut, await r.ask(Opcode.OPEN, node, openIn.encode({})));
    await r.ask(Opcode.RELEASE, node, releaseIn.encode({ fh }));
    expect(released).toBe(0);
    await r.ask(Opcode.RELEASE, node, releaseIn.encode({ fh: 1n }));
    expect(released).toBe(1);
  });

  test('IOMAP_BEGIN of a kernel that has it is answered by the filesystem itself', async () => {
    const r = await sessionRig(),
      node = await create(r);
    await write(r, node, 0, 'x'.repeat(512));
    r.rows();
    const reply = await r.ask(Opcode.IOMAP_BEGIN, node, iomapBeginIn.encode({ attr_ino: node, pos: 0n, count: 512n }));
    expect(as(iomapBeginOut, reply)).toMatchObject({ read: { type: 2, dev: 1, length: 512n }, write: { type: 255, dev: 0, length: 512n } });
    expect(r.rows().find(({ kind, type }) => kind === 'opBegin' && type === OpType.iomap)).toMatchObject({ role: Asker.kernel });
  });
});
