import type { Change } from './change.ts';
import { loadBytes, loadTraits } from './change.ts';
import { emptyBody, isDirectory, isFile } from './inode.ts';
import type { FileInode } from './inode.ts';
import { OPEN_END } from './run-map.ts';
import type { Volume } from './volume.ts';

type Step<K extends Change['do']> = (volume: Volume, change: Extract<Change, { do: K }>) => void;

/** What each change does to a volume; leave one out and this does not compile. */
const steps: { readonly [K in Change['do']]: Step<K> } = {
  make(volume, { ino, generation, rdev = 0, target, traits }) {
    if (volume.inodes.has(ino)) throw new Error(`inode ${ino} is there already`);
    const loaded = loadTraits(traits, volume.geometry.blockSize, volume.geometry.devices);
    const body = emptyBody(loaded.mode, ino, target === undefined ? undefined : loadBytes(target));
    // "." names a directory; the root, which nobody enters, is its own "..".
    const nlink = body.kind !== 'directory' ? 0 : volume.inodes.size === 0 ? 2 : 1;
    volume.inodes.set(ino, { ...loaded, ino, generation, rdev, nlink, body, xattrs: new Map(), isReferenced: false, changed: undefined });
    volume.numbers.take(ino, generation);
  },

  set(volume, { ino, traits }) {
    Object.assign(volume.inode(ino), loadTraits(traits, volume.geometry.blockSize, volume.geometry.devices));
  },

  drop(volume, { ino }) {
    const inode = volume.inode(ino);
    if (isFile(inode)) {
      takeBlocks(volume, inode, 0, OPEN_END);
      volume.unreserve(inode, 0, OPEN_END);
    }
    volume.inodes.delete(ino);
    volume.numbers.give(ino);
  },

  enter(volume, { dir, name, ino }) {
    const directory = volume.directory(dir),
      inode = volume.inode(ino);
    directory.body.names.enter(name, ino);
    inode.nlink++;
    if (!isDirectory(inode)) return;
    inode.body.names.parent = dir;
    directory.nlink++;
  },

  leave(volume, { dir, name }) {
    const directory = volume.directory(dir),
      inode = volume.inode(directory.body.names.find(name)?.ino ?? 0);
    directory.body.names.leave(name);
    inode.nlink--;
    if (isDirectory(inode)) directory.nlink--;
  },

  map(volume, { ino, from, to, device, at, written }) {
    const file = volume.file(ino),
      { map } = file.body;
    if (map.within(from, to).length > 0) throw new Error(`blocks ${from} to ${to} of inode ${ino} are no hole`);
    volume.space(device).take(at, at + to - from);
    if (from < (map.run(map.length - 1)?.to ?? 0)) file.body.mapEpoch++;
    map.paint(from, to, { device, at, unwritten: !written });
    volume.unreserve(file, from, to);
  },

  unmap(volume, { ino, from, to }) {
    takeBlocks(volume, volume.file(ino), from, to);
  },

  written(volume, { ino, from, to }) {
    setUnwritten(volume.file(ino), from, to, false);
  },

  unwritten(volume, { ino, from, to }) {
    setUnwritten(volume.file(ino), from, to, true);
  },

  inline(volume, { ino, bytes }) {
    volume.file(ino).body.inline = bytes === undefined ? undefined : loadBytes(bytes);
  },

  xattr(volume, { ino, name, value }) {
    const { xattrs } = volume.inode(ino);
    if (value === undefined) xattrs.delete(name);
    else xattrs.set(name, loadBytes(value));
  },

  count(volume, { generation }) {
    volume.numbers.skipTo(generation);
  },
};

/** The one way in which the durable part of a volume changes: when it happens, and when it is replayed. */
export const doChange = (volume: Volume, change: Change): void =>
  (steps[change.do] as (volume: Volume, change: Change) => void)(volume, change);

function takeBlocks(volume: Volume, { body }: FileInode, from: number, to: number): void {
  for (const run of body.map.within(from, to)) volume.space(run.value.device).give(run.value.at, run.value.at + run.to - run.from);
  body.map.erase(from, to);
  body.mapEpoch++;
}

function setUnwritten({ body: { map } }: FileInode, from: number, to: number, unwritten: boolean): void {
  for (const run of map.within(from, to)) if (run.value.unwritten !== unwritten) map.paint(run.from, run.to, { ...run.value, unwritten });
}
