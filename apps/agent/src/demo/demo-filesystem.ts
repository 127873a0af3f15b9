import type {
  Attributes,
  Begin,
  BeginReply,
  Caller,
  Changes,
  DeviceInfo,
  DirectoryEntry,
  End,
  Entry,
  FileMap,
  Filesystem,
  ListedFile,
  Mapping,
  Statfs,
} from '@mapscope/fuse';
import { Errno } from '@mapscope/shared/wire';
import { attributesOf, entryOf, setAttributes } from './attributes.ts';
import { begin } from './begin.ts';
import { end } from './end.ts';
import { fileMap } from './fmap.ts';
import { fsck } from './fsck.ts';
import { isDirectory, isFile } from './inode.ts';
import type { FileInode, Inode } from './inode.ts';
import { pack, readInline, writeInline } from './inline.ts';
import { entries, listAll } from './listing.ts';
import { everything, toMapping } from './mapping.ts';
import { child, dropIfGone, find, link, make, modeOf, NAME_BYTES, rename, rmdir, unlink } from './names.ts';
import type { Maker } from './names.ts';
import { fallocate, MAX_BYTES } from './resize.ts';
import { OPEN_END } from './run-map.ts';
import type { Store } from './store.ts';
import { MAX_INODES } from './volume.ts';
import { getXattr, listXattrs, removeXattr, setXattr } from './xattrs.ts';

/**
 * The demo filesystem behind the binding's interface. Each method finds the inode, lets the file named after the idea do the work, and
 * answers at once: nothing here waits but fsync, for the devices.
 */
export class DemoFilesystem implements Filesystem {
  readonly blockSize: number;
  readonly maxBytes = MAX_BYTES;
  readonly #store: Store;
  readonly #atEnd: () => void;

  /** `atEnd` runs once everything is closed. */
  constructor(store: Store, atEnd: () => void) {
    this.#store = store;
    this.#atEnd = atEnd;
    this.blockSize = store.volume.geometry.blockSize;
  }

  devices(): readonly DeviceInfo[] {
    return this.#store.images.devices;
  }

  lookup(parent: bigint, name: Uint8Array): Entry | number {
    return this.#at(parent, (dir) => {
      const key = find(dir, name),
        inode = typeof key === 'string' ? child(this.#store, dir, key) : undefined;
      return typeof key === 'number' ? key : inode ? this.#entry(inode) : -Errno.ENOENT;
    });
  }

  forget(node: bigint): void {
    const inode = this.#store.volume.inodes.get(Number(node));
    if (!inode) return;
    inode.isReferenced = false;
    dropIfGone(this.#store, inode);
    this.#store.commitIfMany();
  }

  getattr(node: bigint): Attributes | number {
    return this.#at(node, (inode) => attributesOf(inode, this.blockSize));
  }

  setattr(node: bigint, changes: Changes): Attributes | number {
    return this.#at(node, (inode) => this.#done(setAttributes(this.#store, inode, changes), () => attributesOf(inode, this.blockSize)));
  }

  readdir(node: bigint, cookie: bigint, plus: boolean): Iterable<DirectoryEntry> | number {
    return this.#at(node, (dir) => (isDirectory(dir) ? entries(this.#store.volume, dir, cookie, plus) : -Errno.ENOTDIR));
  }

  mkdir(parent: bigint, name: Uint8Array, mode: number, caller: Caller): Entry | number {
    return this.#make(parent, name, { mode: modeOf.directory | (mode & 0o7777), caller });
  }

  mknod(parent: bigint, name: Uint8Array, mode: number, rdev: number, caller: Caller): Entry | number {
    return this.#make(parent, name, { mode, rdev, caller });
  }

  create(parent: bigint, name: Uint8Array, mode: number, caller: Caller): Entry | number {
    return this.#make(parent, name, { mode: modeOf.file | (mode & 0o7777), caller });
  }

  symlink(parent: bigint, name: Uint8Array, target: Uint8Array, caller: Caller): Entry | number {
    return this.#make(parent, name, { mode: modeOf.symlink | 0o777, target, caller });
  }

  link(node: bigint, newParent: bigint, newName: Uint8Array): Entry | number {
    return this.#at(node, (inode) =>
      this.#at(newParent, (dir) => this.#done(link(this.#store, inode, dir, newName), () => this.#entry(inode))),
    );
  }

  unlink(parent: bigint, name: Uint8Array): number {
    return this.#at(parent, (dir) => this.#done(unlink(this.#store, dir, name)));
  }

  rmdir(parent: bigint, name: Uint8Array): number {
    return this.#at(parent, (dir) => this.#done(rmdir(this.#store, dir, name)));
  }

  rename(parent: bigint, name: Uint8Array, newParent: bigint, newName: Uint8Array, flags: number): number {
    return this.#at(parent, (from) => this.#at(newParent, (to) => this.#done(rename(this.#store, from, name, to, newName, flags))));
  }

  readlink(node: bigint): Uint8Array | number {
    return this.#at(node, ({ body }) => (body.kind === 'symlink' ? body.target : -Errno.EINVAL));
  }

  statfs(): Statfs {
    const { volume } = this.#store,
      { devices, deviceBlocks, reservedBlocks } = volume.geometry;
    return {
      blocks: BigInt(devices * (deviceBlocks - reservedBlocks)),
      free: BigInt(volume.available + volume.reserved),
      available: BigInt(volume.available),
      files: BigInt(MAX_INODES),
      filesFree: BigInt(MAX_INODES - volume.inodes.size),
      blockSize: this.blockSize,
      nameLength: NAME_BYTES,
    };
  }

  getxattr(node: bigint, name: Uint8Array): Uint8Array | number {
    return this.#at(node, (inode) => getXattr(inode, name));
  }

  setxattr(node: bigint, name: Uint8Array, value: Uint8Array, flags: number): number {
    return this.#at(node, (inode) => this.#done(setXattr(this.#store, inode, name, value, flags)));
  }

  listxattr(node: bigint): readonly Uint8Array[] | number {
    return this.#at(node, listXattrs);
  }

  removexattr(node: bigint, name: Uint8Array): number {
    return this.#at(node, (inode) => this.#done(removeXattr(this.#store, inode, name)));
  }

  released(node: bigint): void {
    this.#file(node, (file) => this.#done((pack(this.#store, file), 0)));
  }

  fsync(): number {
    return this.#store.commit();
  }

  /** Everything is durable, or gone if it is temporary; the descriptors of `devices` are closed. */
  destroy(): void {
    this.#store.close();
    this.#atEnd();
  }

  iomapBegin(request: Begin): BeginReply | number {
    return this.#file(request.node, (file) => begin(this.#store, file, request));
  }

  iomapEnd(request: End): number {
    return this.#file(request.node, (file) => this.#done(end(this.#store, file, request)));
  }

  fallocate(node: bigint, mode: number, offset: bigint, length: bigint): number {
    return this.#file(node, (file) => this.#done(fallocate(this.#store, file, mode, offset, length)));
  }

  readInline(node: bigint, pos: bigint, into: Uint8Array): number {
    return this.#file(node, (file) => readInline(file, pos, into));
  }

  writeInline(node: bigint, pos: bigint, data: Uint8Array): number {
    return this.#file(node, (file) => writeInline(this.#store, file, pos, data));
  }

  getFmap(node: bigint): FileMap | number | undefined {
    return this.#file(node, (file) => fileMap(file, this.#store.volume));
  }

  extended(node: bigint, size: bigint): void {
    this.#file(node, (file) => {
      if (size > file.size) this.#store.volume.set(file, { size });
      return 0;
    });
  }

  takeChanged(node: bigint): { offset: bigint; length: bigint } | undefined {
    const inode = this.#store.volume.inodes.get(Number(node)),
      changed = inode?.changed,
      size = BigInt(this.blockSize);
    if (!inode || !changed) return undefined;
    inode.changed = undefined;
    return { offset: BigInt(changed.from) * size, length: BigInt(changed.to - changed.from) * size };
  }

  files(): Iterable<ListedFile> {
    return listAll(this.#store.volume);
  }

  *mapOf(node: bigint, from = 0n): Iterable<Mapping> {
    const inode = this.#store.volume.inodes.get(Number(node)),
      { geometry } = this.#store.volume,
      first = Number(from / BigInt(this.blockSize));
    if (inode && isFile(inode)) for (const found of everything(inode, first, OPEN_END)) yield toMapping(found, geometry);
  }

  /** What is wrong with the metadata: nothing, or a bug. */
  check(): string[] {
    return fsck(this.#store.volume);
  }

  #at<T>(node: bigint, work: (inode: Inode) => T | number): T | number {
    const inode = this.#store.volume.inodes.get(Number(node));
    return inode ? work(inode) : -Errno.ESTALE;
  }

  #file<T>(node: bigint, work: (file: FileInode) => T | number): T | number {
    return this.#at(node, (inode) => (isFile(inode) ? work(inode) : isDirectory(inode) ? -Errno.EISDIR : -Errno.EINVAL));
  }

  #make(parent: bigint, name: Uint8Array, maker: Maker): Entry | number {
    return this.#at(parent, (dir) => {
      const made = make(this.#store, dir, name, maker);
      return typeof made === 'number' ? made : this.#done(0, () => this.#entry(made));
    });
  }

  #entry(inode: Inode): Entry {
    return entryOf(inode, this.blockSize);
  }

  /** After a change: write down what has gathered, then answer. */
  #done(result: number): number;
  #done<T>(result: number, answer: () => T): T | number;
  #done<T>(result: number, answer?: () => T): T | number {
    this.#store.commitIfMany();
    return result < 0 || !answer ? result : answer();
  }
}
