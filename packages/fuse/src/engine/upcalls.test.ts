import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EndFlag, MappingRole, MapType, NO_ADDR } from '@mapscope/shared/trace';
import { Errno, MapFlag, OpFlag } from '@mapscope/shared/wire';
import type { Begin, BeginReply, End, Filesystem, Mapping } from '../filesystem.ts';
import { BLOCK, openDevice, type Rig, rig } from '../testing/engine-rig.ts';
import { textOf } from '../testing/rows.ts';

const DEVICE = 1 << 20;
let device: ReturnType<typeof openDevice>;
beforeAll(() => void (device = openDevice(DEVICE)));
afterAll(() => device.close());

const hole: Mapping = { offset: 0n, length: BigInt(8 * BLOCK), addr: NO_ADDR, type: MapType.HOLE, flags: 0, dev: 0 };
const mapped: Mapping = { offset: 0n, length: BigInt(8 * BLOCK), addr: 0n, type: MapType.MAPPED, flags: 0, dev: 1 };

/** A rig whose filesystem answers just this; `ends` are the ends it got. */
function scripted(begin: (b: Begin) => BeginReply | number, end?: (e: End) => number): Rig & { readonly ends: End[] } {
  const ends: End[] = [];
  const made = rig(device, DEVICE, {}, (fs) => {
    const scripted: Filesystem = Object.create(fs) as Filesystem;
    scripted.iomapBegin = begin;
    Object.defineProperty(scripted, 'iomapEnd', { value: end && ((e: End) => (ends.push(e), end(e))) });
    return scripted;
  });
  made.inode.size = BigInt(8 * BLOCK);
  return { ...made, ends };
}

const bytes = (n: number): Uint8Array => new Uint8Array(n).fill(7);
const write = (r: Rig, n: number, opflags: number = OpFlag.WRITE, pos = 0n): Promise<number> =>
  r.do(r.engine.write(r.inode, r.ask, opflags, pos, bytes(n)));
const read = (r: Rig, n: number, pos = 0n): Promise<number> => r.do(r.engine.read(r.inode, r.ask, 0, pos, new Uint8Array(n)));

describe('begin', () => {
  const broken: [string, Partial<Mapping>, number][] = [
    ['E_TYPE', { type: 9 }, Errno.EUCLEAN],
    ['E_FLAGS', { flags: MapFlag.STALE }, Errno.EUCLEAN],
    ['E_LEN_ZERO', { length: 0n }, Errno.EUCLEAN],
    ['E_ALIGN', { length: 100n }, Errno.EUCLEAN],
    ['E_NEED_DEV', { dev: 0 }, Errno.EUCLEAN],
    ['E_NEED_ADDR', { addr: NO_ADDR }, Errno.EUCLEAN],
    ['E_NO_COVER', { offset: BigInt(BLOCK) }, Errno.EUCLEAN],
    ['E_DEV_UNKNOWN', { dev: 9 }, Errno.EUCLEAN],
  ];
  test.each(broken)(
    'begin refuses a reply that breaks %s: the caller gets the errno, the rows the rule, the filesystem no end',
    async (code, change, errno) => {
      const r = scripted(
        () => ({ read: { ...mapped, flags: MapFlag.WANT_IOMAP_END, ...change } }),
        () => 0,
      );
      expect(await read(r, 100)).toBe(-errno);
      const rows = r.rows();
      expect(rows.filter(({ kind }) => kind === 'violation').map(textOf)[0]).toMatch(new RegExp(`^${code} `));
      expect(rows.find(({ kind }) => kind === 'opEnd')).toMatchObject({ errno, result: BigInt(-errno), flags: 0 });
      expect(rows.filter(({ kind }) => kind === 'extent')).toEqual([]);
      expect(r.ends).toEqual([]);
    },
  );

  test('begin passes an errno on; after some bytes it is a short count', async () => {
    expect(
      await read(
        scripted(() => -Errno.EIO),
        10,
      ),
    ).toBe(-Errno.EIO);
    const r = scripted((b) => (b.pos < BigInt(BLOCK) ? { read: { ...mapped, length: BigInt(BLOCK) } } : -Errno.EIO));
    expect(await read(r, 2 * BLOCK)).toBe(BLOCK);
    expect(await write(r, 2 * BLOCK)).toBe(BLOCK);
  });

  test('begin of a WRITEBACK that fails half way answers the errno: all or nothing', async () => {
    const r = scripted((b) => (b.pos < BigInt(BLOCK) ? { read: { ...mapped, length: BigInt(BLOCK) } } : -Errno.ENOSPC));
    expect(await write(r, 2 * BLOCK, OpFlag.WRITEBACK)).toBe(-Errno.ENOSPC);
  });

  test('begin that throws is EIO', async () => {
    const made = rig(device, DEVICE, {}, (fs) =>
      Object.assign(Object.create(fs) as Filesystem, {
        iomapBegin: () => {
          throw new Error('boom');
        },
      }),
    );
    made.inode.size = 100n;
    expect(await read(made, 10)).toBe(-Errno.EIO);
    expect(made.failures).toEqual(['iomapBegin: Error: boom']);
  });

  test('begin asks from where the last mapping ended, with what is left', async () => {
    const asked: [bigint, bigint][] = [];
    const r = scripted(
      (b) => (asked.push([b.pos, b.count]), { read: { ...mapped, offset: b.pos - (b.pos % BigInt(BLOCK)), length: BigInt(BLOCK) } }),
    );
    expect(await read(r, 2 * BLOCK, 100n)).toBe(2 * BLOCK);
    expect(asked).toEqual([
      [100n, 1024n],
      [512n, 612n],
      [1024n, 100n],
    ]);
  });

  test('DELALLOC is no answer to a direct write or a writeback, a HOLE none to a write', async () => {
    const delalloc = { ...hole, type: MapType.DELALLOC };
    for (const opflags of [(OpFlag.WRITE | OpFlag.DIRECT) >>> 0, OpFlag.WRITEBACK])
      expect(
        await write(
          scripted(() => ({ read: delalloc })),
          10,
          opflags,
        ),
      ).toBe(-Errno.EIO);
    expect(
      await write(
        scripted(() => ({ read: hole })),
        10,
      ),
    ).toBe(-Errno.EIO);
  });
});

describe('end', () => {
  test.each([
    ['a read', 0, {}, 'none'],
    ['a read that wants it', 0, { flags: MapFlag.WANT_IOMAP_END }, 'sent'],
    ['a full overwrite', OpFlag.WRITE, {}, 'none'],
    ['an overwrite that wants it', OpFlag.WRITE, { flags: MapFlag.WANT_IOMAP_END }, 'sent'],
    ['a writeback', OpFlag.WRITEBACK, {}, 'none'],
  ])('end after %s is sent when spec/protocol.md 4.2 says so', async (_what, opflags, change, sent) => {
    const r = scripted(
      () => ({ read: { ...mapped, ...change } }),
      () => 0,
    );
    await (opflags ? write(r, 100, opflags) : read(r, 100));
    expect(r.ends.length).toBe(sent === 'sent' ? 1 : 0);
    expect(
      r
        .rows()
        .filter(({ kind }) => kind === 'opEnd')
        .map(({ flags }) => flags),
    ).toEqual([sent === 'sent' ? EndFlag.sent : 0]);
  });

  test('end of a write past the end of the file says SIZE_CHANGED and the mapping that was used', async () => {
    const r = scripted(
      () => ({ read: mapped }),
      () => 0,
    );
    r.inode.size = 50n;
    expect(await write(r, 100)).toBe(100);
    expect(r.ends).toMatchObject([{ pos: 0n, count: 100n, written: 100n, map: { ...mapped, flags: MapFlag.SIZE_CHANGED } }]);
    expect(r.inode.size).toBe(100n);
    expect(r.rows().find(({ kind, role }) => kind === 'mapping' && role === MappingRole.usedByEnd)).toMatchObject({
      flags: MapFlag.SIZE_CHANGED,
    });
  });

  test('end of a write whose device fails says the errno', async () => {
    const r = scripted(
      () => ({ read: { ...mapped, addr: BigInt(DEVICE) } }),
      () => 0,
    );
    expect(await write(r, 100)).toBe(-Errno.EIO);
    expect(r.ends).toMatchObject([{ written: BigInt(-Errno.EIO) }]);
  });

  test('end that answers an errno fails the step it ends', async () => {
    const r = scripted(
      () => ({ read: { ...mapped, type: MapType.UNWRITTEN, flags: MapFlag.WANT_IOMAP_END } }),
      () => -Errno.ENOSPC,
    );
    expect(await write(r, 100)).toBe(-Errno.ENOSPC);
    expect(r.rows().filter(({ kind, type, how }) => kind === 'extent' && type === MapType.MAPPED && how === 2)).toEqual([]);
  });

  test('end that answers ENOSYS is never asked again', async () => {
    const r = scripted(
      () => ({ read: { ...mapped, flags: MapFlag.WANT_IOMAP_END } }),
      () => -Errno.ENOSYS,
    );
    for (let i = 0; i < 3; i++) expect(await write(r, 100)).toBe(100);
    expect(r.ends.length).toBe(1);
  });
});

describe('operations that no stock kernel sends', () => {
  test('OVERWRITE_ONLY goes only to one extent that is there: EAGAIN otherwise', async () => {
    const opflags = (OpFlag.WRITE | OpFlag.DIRECT | OpFlag.OVERWRITE_ONLY) >>> 0,
      unwritten = { ...mapped, type: MapType.UNWRITTEN };
    expect(
      await write(
        scripted(() => ({ read: mapped })),
        100,
        opflags,
      ),
    ).toBe(100);
    expect(
      await write(
        scripted(() => ({ read: { ...mapped, length: BigInt(BLOCK) } })),
        2 * BLOCK,
        opflags,
      ),
    ).toBe(-Errno.EAGAIN);
    expect(
      await write(
        scripted(() => ({ read: unwritten })),
        BLOCK,
        opflags,
      ),
    ).toBe(BLOCK);
    expect(
      await write(
        scripted(() => ({ read: unwritten })),
        100,
        opflags,
      ),
    ).toBe(-Errno.EAGAIN);
    expect(
      await write(
        scripted(() => ({ read: mapped, write: { ...mapped, addr: 8192n } })),
        BLOCK,
        opflags,
      ),
    ).toBe(-Errno.EAGAIN);
  });

  test('ATOMIC is all in one mapping with ATOMIC_BIO, or EIO or EINVAL', async () => {
    const opflags = (OpFlag.WRITE | OpFlag.DIRECT | OpFlag.ATOMIC) >>> 0,
      bio = { ...mapped, flags: MapFlag.ATOMIC_BIO };
    expect(
      await write(
        scripted(() => ({ read: bio })),
        BLOCK,
        opflags,
      ),
    ).toBe(BLOCK);
    expect(
      await write(
        scripted(() => ({ read: mapped })),
        BLOCK,
        opflags,
      ),
    ).toBe(-Errno.EIO);
    expect(
      await write(
        scripted(() => ({ read: { ...bio, length: BigInt(BLOCK) } })),
        2 * BLOCK,
        opflags,
      ),
    ).toBe(-Errno.EINVAL);
  });

  test('NOWAIT and DAX reach the filesystem as they are', async () => {
    for (const bit of [OpFlag.NOWAIT, OpFlag.DAX, OpFlag.DONTCACHE]) {
      let seen = 0;
      const r = scripted((b) => ((seen = b.opflags), -Errno.EAGAIN));
      expect(await write(r, 10, (OpFlag.WRITE | bit) >>> 0)).toBe(-Errno.EAGAIN);
      expect(seen).toBe((OpFlag.WRITE | bit) >>> 0);
    }
  });

  test('ENOTBLK to a direct write means: through the cache', async () => {
    const r = scripted((b) => (b.opflags & OpFlag.DIRECT ? -Errno.ENOTBLK : { read: mapped }));
    expect(await write(r, 100, (OpFlag.WRITE | OpFlag.DIRECT) >>> 0)).toBe(100);
  });

  test('fault asks for the mapping and moves nothing', async () => {
    const r = scripted((b) => (expect(b.opflags).toBe((OpFlag.FAULT | OpFlag.WRITE) >>> 0), { read: mapped }));
    expect(await r.do(r.engine.fault(r.inode, r.ask, 0n, 4096n, true))).toBe(0);
    expect(r.rows().filter(({ kind }) => kind === 'io')).toEqual([]);
  });

  test('unshare copies only what is shared and mapped', async () => {
    const to = { ...mapped, addr: 16384n, flags: MapFlag.SHARED },
      r = scripted(
        () => ({ read: mapped, write: to }),
        () => 0,
      );
    await r.do(r.engine.unshare(r.inode, r.ask, 0n, BigInt(2 * BLOCK)));
    expect(
      r
        .rows()
        .filter(({ kind, role }) => kind === 'io' && role === 1)
        .map(({ flags, addr, length }) => [flags, addr, length]),
    ).toEqual([
      [0, 0n, 1024n],
      [1, 16384n, 1024n],
    ]);
    const alone = scripted(() => ({ read: mapped }));
    await alone.do(alone.engine.unshare(alone.inode, alone.ask, 0n, BigInt(BLOCK)));
    expect(alone.rows().filter(({ kind }) => kind === 'io')).toEqual([]);
  });
});
