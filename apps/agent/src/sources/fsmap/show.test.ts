import { randomBytes } from 'node:crypto';
import { closeSync, linkSync, mkdirSync, openSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { mount, umount } from '@mapscope/native';
import { inodePaths } from '../../host/index.ts';
import { showByFiemap } from '../fiemap/index.ts';
import { run, Undo } from '../testing/live.ts';
import { mountLoop, noLoop } from '../testing/loops.ts';
import { spaceMapOf } from './pages.ts';
import { showSpace, type ShownSpace } from './show.ts';

const undo = new Undo();
afterEach(() => undo.release());

/** Every byte of the device has an owner, and but for what is shared only one. */
function expectWhole({ records }: ShownSpace, device: string, bytes: number): void {
  let end = 0n;
  for (const { device: on, physical, length, flags } of records) {
    expect(on).toBe(device);
    if (!flags.includes('SHARED')) expect(BigInt(physical)).toBe(end);
    const behind = BigInt(physical) + BigInt(length);
    if (behind > end) end = behind;
  }
  expect(Number(end)).toBe(bytes);
}

const MiB = 1 << 20;
const noXfs = noLoop('xfs');

describe.skipIf(noXfs !== undefined)(`showSpace on XFS with a reverse map${noXfs ? ` (skipped: ${noXfs})` : ''}`, () => {
  const make = (): ReturnType<typeof mountLoop> => {
    const made = mountLoop(undo, 'xfs', { bytes: 512 * MiB });
    mkdirSync(join(made.at, 'sub'));
    writeFileSync(join(made.at, 'sub/a'), randomBytes(300_000));
    run('cp', '--reflink=always', join(made.at, 'sub/a'), join(made.at, 'clone'));
    run('sync', '-f', made.at);
    return made;
  };

  test('gives each extent of a file to its inode, where FIEMAP says it is', async () => {
    const { loop, at } = make(),
      file = join(at, 'sub/a'),
      { records } = await showSpace(at);
    const ino = String(statSync(file, { bigint: true }).ino),
      ours = records.filter((record) => record.ino === ino && !record.flags.includes('ATTR_FORK'));
    expect(ours.map(({ device, physical, length, offset }) => [device, physical, length, offset])).toEqual(
      (await showByFiemap(file)).extents.map(({ device, addr, length, offset }) => [device, addr, length, offset]),
    );
    expect(ours[0]).toMatchObject({ device: loop, owner: 'INODE', flags: ['SHARED'] });
  });

  test('takes the device for the place where it is mounted, and says of one that is not mounted that it is not', async () => {
    const { loop, at } = make();
    expect(await showSpace(loop)).toEqual(await showSpace(at));
    run('umount', at);
    await expect(showSpace(loop)).rejects.toThrow(`${loop} is not mounted`);
  });

  test('names what no file owns, and leaves no byte of the device out', async () => {
    const { loop, at } = make(),
      shown = await showSpace(at);
    expectWhole(shown, loop, 512 * MiB);
    expect(new Set(shown.totals.map(({ owner }) => owner))).toEqual(
      new Set(['FREE', 'LOG', 'INODE', 'FS', 'AG', 'INODES', 'INOBT', 'REFC']),
    );
    expect(shown.totals[0]).toMatchObject({ owner: 'FREE' });
    expect(shown.notes).toEqual([]);
  });

  test('finds the names of inodes when it is asked to', async () => {
    const { at } = make(),
      { records } = await showSpace(join(at, 'clone'), { paths: true });
    expect(new Set(records.map(({ path }) => path))).toEqual(new Set([null, `${at}/sub/a`, `${at}/clone`]));
  });

  test('spaceMapOf tells the same a few records at a time as all at once, and stops where it is told to', async () => {
    const { at } = make(),
      fd = openSync(at, 'r');
    try {
      const all = await spaceMapOf(fd),
        few = await spaceMapOf(fd, { atOnce: 3 });
      expect(all.isWhole && few.isWhole).toBe(true);
      expect(few.records.count).toBe(all.records.count);
      for (const column of ['device', 'flags', 'physical', 'owner', 'offset', 'length'] as const)
        expect(few.records[column].slice(0, few.records.count)).toEqual(all.records[column].slice(0, all.records.count));
      expect(await spaceMapOf(fd, { atOnce: 3, most: 6 })).toMatchObject({ isWhole: false, records: { count: 6 } });
    } finally {
      closeSync(fd);
    }
  });
});

const noExt4 = noLoop('ext4');
test.skipIf(noExt4 !== undefined)(
  `showSpace on ext4 names its own space, and says that files are not told apart${noExt4 ? ` (skipped: ${noExt4})` : ''}`,
  async () => {
    const { loop, at } = mountLoop(undo, 'ext4', { bytes: 256 * MiB });
    writeFileSync(join(at, 'a'), randomBytes(300_000));
    run('sync', '-f', at);
    const shown = await showSpace(at);
    expectWhole(shown, loop, 256 * MiB);
    const owners = new Set(shown.totals.map(({ owner }) => owner));
    for (const owner of ['FREE', 'UNKNOWN', 'FS', 'GDT', 'RESV_GDT', 'BLKBM', 'INOBM', 'INODES']) expect(owners).toContain(owner);
    expect(shown.notes).toEqual(['No owner is told: ext4 keeps no reverse map. `mapscope show FILE` says where a file is.']);
  },
);

test('showSpace says which filesystems have no such map', async () => {
  await expect(showSpace('/proc')).rejects.toThrow('/proc lies on a filesystem without GETFSMAP');
  await expect(showSpace('/nowhere')).rejects.toThrow('/nowhere does not exist');
});

describe('inodePaths', () => {
  const inoOf = (path: string): bigint => statSync(path, { bigint: true }).ino;
  const namesOf = async (folder: string, inos: readonly bigint[], limits = {}): Promise<[string[], boolean]> => {
    const { paths, isWhole } = await inodePaths(folder, new Set(inos), limits);
    return [[...paths.values()].map((path) => Buffer.from(path).toString()).sort(), isWhole];
  };

  test('finds a path of each inode below a folder, whatever kind of file it is', async () => {
    const folder = undo.folder('inodes', '/dev/shm');
    mkdirSync(join(folder, 'a/b'), { recursive: true });
    writeFileSync(join(folder, 'a/b/c'), '');
    linkSync(join(folder, 'a/b/c'), join(folder, 'a/d'));
    const [names, isWhole] = await namesOf(folder, [inoOf(join(folder, 'a/b/c')), inoOf(join(folder, 'a/b'))]);
    expect([names.length, names.includes('a/b'), isWhole]).toEqual([2, true, true]);
    expect(await namesOf(folder, [1n << 60n])).toEqual([[], true]);
  });

  test('says when it has stopped at its limit', async () => {
    const folder = undo.folder('inodes', '/dev/shm');
    for (let i = 0; i < 40; i++) mkdirSync(join(folder, `${i}`));
    expect(await namesOf(folder, [1n << 60n], { names: 30 })).toEqual([[], false]);
    expect(await namesOf(join(folder, 'nothing'), [1n])).toEqual([[], false]);
  });

  test.skipIf(process.getuid?.() !== 0)('does not enter another mount', async () => {
    const folder = undo.folder('inodes', '/dev/shm');
    mkdirSync(join(folder, 'm'));
    expect(mount('mapscope-test', join(folder, 'm'), 'tmpfs', 0, '')).toBe(0);
    undo.add(() => umount(join(folder, 'm')));
    writeFileSync(join(folder, 'm/secret'), '');
    expect(await namesOf(folder, [inoOf(join(folder, 'm/secret'))])).not.toContainEqual(['m/secret']);
  });
});
