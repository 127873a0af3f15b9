import { Errno } from '@mapscope/shared/wire';
import type { Attributes, Caller, Changes, DirectoryEntry, Done, Entry, ListedFile } from '../filesystem.ts';

const TYPE = 0o170000,
  DIRECTORY = 0o040000,
  REGULAR = 0o100000,
  SYMLINK = 0o120000;

export interface MemoryNode {
  readonly node: bigint;
  mode: number;
  nlink: number;
  uid: number;
  gid: number;
  size: bigint;
  rdev: number;
  atimeNs: bigint;
  mtimeNs: bigint;
  ctimeNs: bigint;
  parent: bigint;
  readonly children: Map<string, bigint>;
  readonly target: Uint8Array;
}

const key = (name: Uint8Array): string => Buffer.from(name).toString('latin1');
const now = (): bigint => BigInt(Date.now()) * 1_000_000n;

/** Names and attributes of a filesystem that lives in a test: the plainest thing that is right. */
export class MemoryNamespace {
  readonly nodes = new Map<bigint, MemoryNode>();
  readonly blockSize: number = 4096;
  private next = 2n;
  /** Told when the last name and the last reference are gone. */
  onGone: (node: bigint) => void = () => {};

  constructor() {
    this.add(1n, DIRECTORY | 0o755, { pid: 0, uid: 0, gid: 0 }, 1n, 2);
  }

  blocksOf(_node: bigint): bigint {
    return 0n;
  }

  lookup(parent: bigint, name: Uint8Array): Entry | number {
    const node = this.nodes.get(parent)?.children.get(key(name));
    return node === undefined ? -Errno.ENOENT : this.entry(node);
  }

  forget(node: bigint): void {
    if (this.nodes.get(node)?.nlink === 0) this.drop(node);
  }

  getattr(node: bigint): Attributes | number {
    return this.nodes.has(node) ? this.entry(node).attributes : -Errno.ENOENT;
  }

  setattr(node: bigint, c: Changes): Attributes | number | Promise<Attributes | number> {
    const n = this.nodes.get(node);
    if (!n) return -Errno.ENOENT;
    if (c.mode !== undefined) n.mode = (n.mode & TYPE) | (c.mode & ~TYPE);
    if (c.uid !== undefined) n.uid = c.uid;
    if (c.gid !== undefined) n.gid = c.gid;
    if (c.size !== undefined) n.size = c.size;
    if (c.atimeNs !== undefined) n.atimeNs = c.atimeNs === 'now' ? now() : c.atimeNs;
    if (c.mtimeNs !== undefined) n.mtimeNs = c.mtimeNs === 'now' ? now() : c.mtimeNs;
    n.ctimeNs = c.ctimeNs ?? now();
    return this.entry(node).attributes;
  }

  readdir(node: bigint, cookie: bigint, plus: boolean): Iterable<DirectoryEntry> | number {
    const directory = this.nodes.get(node);
    if (!directory) return -Errno.ENOENT;
    const all: [string, bigint][] = [['.', node], ['..', directory.parent], ...directory.children];
    return all.slice(Number(cookie)).map(([name, child], i) => ({
      name: Buffer.from(name, 'latin1'),
      ino: child,
      type: this.nodes.get(child)!.mode >> 12,
      next: cookie + BigInt(i) + 1n,
      ...(plus && name !== '.' && name !== '..' && { entry: this.entry(child) }),
    }));
  }

  mkdir(parent: bigint, name: Uint8Array, mode: number, who: Caller): Entry | number {
    const entry = this.make(parent, name, DIRECTORY | (mode & ~TYPE), who, 2);
    if (typeof entry !== 'number') this.nodes.get(parent)!.nlink++;
    return entry;
  }

  mknod(parent: bigint, name: Uint8Array, mode: number, rdev: number, who: Caller): Entry | number {
    return this.make(parent, name, mode, who, 1, rdev);
  }

  create(parent: bigint, name: Uint8Array, mode: number, who: Caller): Entry | number {
    return this.make(parent, name, REGULAR | (mode & ~TYPE), who, 1);
  }

  symlink(parent: bigint, name: Uint8Array, target: Uint8Array, who: Caller): Entry | number {
    return this.make(parent, name, SYMLINK | 0o777, who, 1, 0, target);
  }

  readlink(node: bigint): Uint8Array | number {
    return this.nodes.get(node)?.target ?? -Errno.ENOENT;
  }

  link(node: bigint, parent: bigint, name: Uint8Array): Entry | number {
    const n = this.nodes.get(node),
      directory = this.nodes.get(parent);
    if (!n || !directory) return -Errno.ENOENT;
    if (directory.children.has(key(name))) return -Errno.EEXIST;
    directory.children.set(key(name), node);
    n.nlink++;
    return this.entry(node);
  }

  unlink(parent: bigint, name: Uint8Array): Done {
    const directory = this.nodes.get(parent),
      node = directory?.children.get(key(name));
    if (!directory || node === undefined) return -Errno.ENOENT;
    directory.children.delete(key(name));
    this.nodes.get(node)!.nlink--;
    return 0;
  }

  rmdir(parent: bigint, name: Uint8Array): Done {
    const directory = this.nodes.get(parent),
      node = directory?.children.get(key(name));
    if (!directory || node === undefined) return -Errno.ENOENT;
    const gone = this.nodes.get(node)!;
    if (gone.children.size > 0) return -Errno.ENOTEMPTY;
    directory.children.delete(key(name));
    directory.nlink--;
    gone.nlink = 0;
    return 0;
  }

  rename(parent: bigint, name: Uint8Array, newParent: bigint, newName: Uint8Array, flags: number): Done {
    const from = this.nodes.get(parent),
      to = this.nodes.get(newParent),
      node = from?.children.get(key(name));
    if (!from || !to || node === undefined) return -Errno.ENOENT;
    const there = to.children.get(key(newName)),
      moved = this.nodes.get(node)!;
    if (flags === 1 && there !== undefined) return -Errno.EEXIST;
    if (flags === 2) {
      if (there === undefined) return -Errno.ENOENT;
      from.children.set(key(name), there);
    } else {
      if (there === node) return 0;
      if (there !== undefined) {
        const old = this.nodes.get(there)!;
        if (old.children.size > 0) return -Errno.ENOTEMPTY;
        old.nlink = (old.mode & TYPE) === DIRECTORY ? 0 : old.nlink - 1;
      }
      from.children.delete(key(name));
    }
    to.children.set(key(newName), node);
    moved.parent = newParent;
    return 0;
  }

  *files(): Iterable<ListedFile> {
    const walk = function* (this: MemoryNamespace, node: bigint, path: string): Generator<ListedFile> {
      for (const [name, child] of this.nodes.get(node)!.children) {
        const at = path === '' ? name : `${path}/${name}`;
        yield { ...this.entry(child), path: Buffer.from(at, 'latin1') };
        yield* walk.call(this, child, at);
      }
    };
    yield* walk.call(this, 1n, '');
  }

  private make(
    parent: bigint,
    name: Uint8Array,
    mode: number,
    who: Caller,
    nlink: number,
    rdev = 0,
    target: Uint8Array = new Uint8Array(0),
  ): Entry | number {
    const directory = this.nodes.get(parent);
    if (!directory) return -Errno.ENOENT;
    if (directory.children.has(key(name))) return -Errno.EEXIST;
    const node = this.next++;
    this.add(node, mode, who, parent, nlink, rdev, target);
    directory.children.set(key(name), node);
    directory.mtimeNs = directory.ctimeNs = now();
    return this.entry(node);
  }

  private add(
    node: bigint,
    mode: number,
    who: Caller,
    parent: bigint,
    nlink: number,
    rdev = 0,
    target: Uint8Array = new Uint8Array(0),
  ): void {
    const t = now();
    this.nodes.set(node, {
      node,
      mode,
      nlink,
      uid: who.uid,
      gid: who.gid,
      size: BigInt(target.length),
      rdev,
      atimeNs: t,
      mtimeNs: t,
      ctimeNs: t,
      parent,
      children: new Map(),
      target: target.slice(),
    });
  }

  private drop(node: bigint): void {
    this.nodes.delete(node);
    this.onGone(node);
  }

  private entry(node: bigint): Entry {
    const n = this.nodes.get(node)!;
    return {
      node,
      generation: 1n,
      attributes: {
        ino: node,
        size: n.size,
        blocks: this.blocksOf(node),
        atimeNs: n.atimeNs,
        mtimeNs: n.mtimeNs,
        ctimeNs: n.ctimeNs,
        mode: n.mode,
        nlink: n.nlink,
        uid: n.uid,
        gid: n.gid,
        rdev: n.rdev,
        blockSize: this.blockSize,
      },
    };
  }
}
