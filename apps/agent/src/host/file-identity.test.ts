import { closeSync, constants, mkdirSync, openSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { mount, umount } from '@mapscope/native';
import { kernelDev, ofStatDev, sayDevice } from '@mapscope/shared/units';
import { run, Undo } from '../sources/testing/live.ts';
import { mountLoop, noLoop } from '../sources/testing/loops.ts';
import { FileIdentities, type FileIdentity } from './file-identity.ts';

const undo = new Undo();
afterEach(() => undo.release());

/** Of what a path names now, opened for reading. */
function identityOf(path: string, flags = constants.O_RDONLY): FileIdentity {
  const fd = openSync(path, flags);
  try {
    return new FileIdentities().of(fd, path);
  } finally {
    closeSync(fd);
  }
}
/** What tells two files apart. */
const key = ({ filesystem, root, ino, generation }: FileIdentity): string =>
  [sayDevice(filesystem.device), root, ino, generation].join(' ');
const bind = (from: string, to: string): void => {
  mkdirSync(to);
  expect(mount(from, to, '', 0x1000, '')).toBe(0);
  undo.add(() => umount(to, { detach: true }));
};

const noExt4 = noLoop('ext4');
describe.skipIf(noExt4 !== undefined)(`FileIdentities on ext4${noExt4 ? ` (skipped: ${noExt4})` : ''}`, () => {
  test('know a file by its filesystem and inode, through whatever mount it was opened', () => {
    const { at, loop } = mountLoop(undo, 'ext4'),
      file = join(at, 'sub/a');
    mkdirSync(join(at, 'sub'));
    writeFileSync(file, 'x');
    bind(join(at, 'sub'), `${at}-bound`);
    const direct = identityOf(file),
      bound = identityOf(join(`${at}-bound`, 'a'));
    expect(key(bound)).toBe(key(direct));
    expect([direct.filesystem.mount.root, bound.filesystem.mount.root]).toEqual(['/', '/sub']);
    expect(direct).toMatchObject({ filesystem: { type: 'ext4' }, root: 0n, isRegular: true, size: 1n });
    // The block device itself, as tracepoints name it.
    expect(kernelDev(direct.filesystem.device)).toBe(kernelDev(ofStatDev(statSync(loop, { bigint: true }).rdev)));
  });

  test('tell a file from the one that had its inode number before', () => {
    const file = join(mountLoop(undo, 'ext4').at, 'a');
    writeFileSync(file, 'x');
    const before = identityOf(file);
    unlinkSync(file);
    writeFileSync(file, 'y');
    const after = identityOf(file);
    expect([after.ino, after.generation === before.generation]).toEqual([before.ino, false]);
  });

  test('know a folder too, and of a file that is opened only as a place all but its generation', () => {
    const { at } = mountLoop(undo, 'ext4'),
      O_PATH = 0o10_000_000;
    writeFileSync(join(at, 'a'), 'x');
    expect(identityOf(at)).toMatchObject({ isRegular: false, ino: 2n });
    expect(identityOf(join(at, 'a'), O_PATH)).toMatchObject({ generation: null, ino: identityOf(join(at, 'a')).ino });
  });
});

const noBtrfs = noLoop('btrfs');
test.skipIf(noBtrfs !== undefined)(
  `FileIdentities tell subvolumes apart that have one device in tracepoints and inodes of one number${noBtrfs ? ` (skipped: ${noBtrfs})` : ''}`,
  () => {
    const { at } = mountLoop(undo, 'btrfs', { bytes: 256 << 20 }),
      files = ['one', 'two'].map((name) => join(at, name, 'a'));
    for (const file of files) {
      run('btrfs', 'subvolume', 'create', join(file, '..'));
      writeFileSync(file, 'x');
    }
    const [one, two] = files.map((file) => identityOf(file)) as [FileIdentity, FileIdentity];
    expect([one.ino, sayDevice(one.filesystem.device)]).toEqual([two.ino, sayDevice(two.filesystem.device)]);
    expect(one.root).not.toBe(two.root);
    // What stat says is another device for each, and none of them that of the superblock.
    const told = files.map((file) => sayDevice(ofStatDev(statSync(file, { bigint: true }).dev)));
    expect(new Set([...told, sayDevice(one.filesystem.device)]).size).toBe(3);
  },
);
