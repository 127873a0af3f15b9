import { constants } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { MapType } from '@mapscope/shared/trace';
import type { FileMap } from './filesystem.ts';
import { textOf } from './testing/rows.ts';
import { BLOCK } from './testing/engine-rig.ts';
import { closeRigs, create, sessionRig, write } from './testing/session-rig.ts';
import { Session } from './session.ts';
import { memoryChannel } from './channel-memory.ts';
import { rowsOf } from './testing/rows.ts';
import { fsyncIn, mkdirIn, Opcode } from '@mapscope/shared/wire';
import { text } from './testing/requests.ts';

afterEach(closeRigs);

const map: FileMap = {
  fileSize: 2000n,
  extents: [
    { kind: 'simple', devindex: 0, offset: 0n, length: 512n },
    {
      kind: 'interleaved',
      chunkSize: 1024,
      nbytes: 4096n,
      strips: [
        { devindex: 0, offset: 8192n, length: 2048n },
        { devindex: 0, offset: 65536n, length: 2048n },
      ],
    },
  ],
};

describe('publish', () => {
  test('publish tells devices, every file with its path, its map with its holes, and its layout', async () => {
    const first = await sessionRig({ memory: { pieces: [2] } }),
      node = await create(first, 'a');
    await write(first, node, 2048, 'x'.repeat(1000));
    await first.ask(Opcode.MKDIR, 1n, mkdirIn.encode({ mode: 0o755 }), text('d'));
    await create(first, 'b', (first.fs.lookup(1n, Buffer.from('d')) as { node: bigint }).node);

    // A second session over the same filesystem: nobody has looked anything up.
    const frames: Uint8Array[] = [],
      { channel } = memoryChannel();
    const filesystem = Object.assign(first.fs, { getFmap: (n: bigint) => (n === node ? map : undefined) });
    await new Session({ filesystem, channel, cache: 'through', sink: (frame) => void frames.push(frame) }).start();
    channel.close();
    const rows = frames.flatMap(rowsOf),
      number = rows.find((row) => row.kind === 'inode' && textOf(row) === 'a')!.inode;
    expect(rows[0]).toMatchObject({ kind: 'device', device: 1, length: BigInt(4 << 20) });
    expect(rows.filter(({ kind }) => kind === 'inode').map(textOf)).toEqual(['', 'a', 'd', 'd/b']);
    expect(
      rows.filter(({ kind, inode }) => kind === 'extent' && inode === number).map(({ type, offset, length }) => [type, offset, length]),
    ).toEqual([
      [MapType.HOLE, 0n, 2048n],
      [MapType.MAPPED, 2048n, 512n],
      [MapType.MAPPED, 2560n, 512n],
    ]);
    expect(
      rows.filter(({ kind }) => kind === 'layout').map(({ type, offset, length, flags, result }) => [type, offset, length, flags, result]),
    ).toEqual([[1, 512n, 4096n, 1024, 2n]]);
    expect(
      rows.filter(({ kind }) => kind === 'strip').map(({ type, flags, device, addr, length }) => [type, flags, device, addr, length]),
    ).toEqual([
      [1, 0, 1, 8192n, 2048n],
      [1, 1, 1, 65536n, 2048n],
    ]);
  });

  test('a layout is told with the first extent that gets a place, of a file that was empty and stays open', async () => {
    let now: FileMap | undefined;
    const r = await sessionRig({ wrap: (fs) => Object.assign(fs, { getFmap: () => now }) }),
      node = await create(r, 'a');
    await write(r, node, 9000, 'the end');
    r.rows();
    now = map;
    // In the middle: the file does not grow.
    await write(r, node, 0, 'x'.repeat(BLOCK), { flags: constants.O_DIRECT });
    expect(
      r
        .rows()
        .filter(({ kind }) => kind === 'extent' || kind === 'layout')
        .map(({ kind }) => kind),
    ).toEqual(['extent', 'extent', 'layout']);
  });

  test('a layout that came with writeback is told at FSYNC, not first when the file is closed', async () => {
    let now: FileMap | undefined;
    const r = await sessionRig({ wrap: (fs) => Object.assign(fs, { getFmap: () => now }) }),
      node = await create(r, 'a');
    r.rows();
    now = map;
    expect((await r.ask(Opcode.FSYNC, node, fsyncIn.encode({}))).error).toBe(0);
    expect(r.rows().some(({ kind }) => kind === 'layout')).toBe(true);
  });

  test('a layout is told again only when it is another, and its end once', async () => {
    let now: FileMap | undefined = map;
    const r = await sessionRig({ wrap: (fs) => Object.assign(fs, { getFmap: () => now }) }),
      node = await create(r, 'a');
    const layouts = (): bigint[] =>
      r
        .rows()
        .filter(({ kind }) => kind === 'layout')
        .map(({ length }) => length);
    expect(layouts()).toEqual([4096n]);
    await write(r, node, 0, 'x');
    expect(layouts()).toEqual([]);
    now = { ...map, extents: [{ ...(map.extents[1] as object), nbytes: 3000n } as never] };
    await write(r, node, 1, 'y');
    expect(layouts()).toEqual([3000n]);
    now = undefined;
    for (const at of [2, 3]) await write(r, node, at, 'z');
    expect(layouts()).toEqual([0n]);
  });
});
