import type { Attributes, Entry } from './filesystem.ts';
import { Inode, type Name } from './inode.ts';
import type { Report } from './report/report.ts';

const ROOT = 1n;
const SLASH = 0x2f;

/** A map key for raw bytes: latin1 keeps each byte. */
const keyOf = (parent: Inode, name: Uint8Array): string =>
  `${parent.number}/${Buffer.from(name.buffer, name.byteOffset, name.length).toString('latin1')}`;

/**
 * Every inode seen, by nodeid and by name. It counts the kernel's lookups (spec/protocol.md 1.7), keeps paths, and says in the stream
 * when an inode appears, changes size, mode or path, and is gone.
 */
export class Inodes {
  private readonly byNode = new Map<bigint, Inode>();
  private readonly byName = new Map<string, Inode>();
  private readonly report: Report;
  private readonly blockSize: number;
  /** The last number that was given. */
  newest = 0;
  /** Told of an inode seen for the first time. */
  onNew: (inode: Inode) => void = () => {};

  constructor(report: Report, blockSize: number) {
    this.report = report;
    this.blockSize = blockSize;
  }

  get(node: bigint): Inode | undefined {
    return this.byNode.get(node);
  }

  /** In the order of their numbers. */
  all(): IterableIterator<Inode> {
    return this.byNode.values();
  }

  /** The root is never looked up: it is there from the start. */
  root(attributes: Attributes): Inode {
    return this.byNode.get(ROOT) ?? this.introduce({ node: ROOT, generation: 0n, attributes }, undefined);
  }

  /** The filesystem answered with this entry under `parent`; `counts`: the answer goes to the kernel, as one lookup. */
  seen(entry: Entry, parent: Inode, name: Uint8Array, counts: boolean): Inode {
    let inode = this.byNode.get(entry.node);
    if (inode && inode.generation !== entry.generation) {
      this.drop(inode);
      inode = undefined;
    }
    const at: Name = { parent, bytes: name };
    if (inode) {
      if (this.byName.get(keyOf(parent, name)) !== inode) this.named(inode, at);
      this.update(inode, entry.attributes);
    } else inode = this.introduce(entry, at);
    if (counts) inode.lookups += 1n;
    return inode;
  }

  /** New attributes: said only if something of the inode row changed. */
  update(inode: Inode, attributes: Attributes): void {
    if (inode.size === attributes.size && inode.mode === attributes.mode) return;
    inode.size = attributes.size;
    inode.mode = attributes.mode;
    this.say(inode);
  }

  resize(inode: Inode, size: bigint): void {
    if (inode.size === size) return;
    inode.size = size;
    this.say(inode);
  }

  /** `name` under `parent` is gone; the inode it named, if it is known. */
  unnamed(parent: Inode, name: Uint8Array): Inode | undefined {
    const key = keyOf(parent, name),
      inode = this.byName.get(key);
    this.byName.delete(key);
    if (!inode) return undefined;
    inode.names = inode.names.filter((n) => keyOf(n.parent, n.bytes) !== key);
    return inode;
  }

  /** No name is left; gone as soon as the kernel has forgotten it. */
  unlinked(inode: Inode): void {
    inode.isUnlinked = true;
    if (inode.lookups === 0n) this.drop(inode);
  }

  renamed(from: Inode, name: Uint8Array, to: Inode, newName: Uint8Array, isExchange: boolean): { moved?: Inode; replaced?: Inode } {
    const moved = this.unnamed(from, name),
      replaced = this.unnamed(to, newName);
    if (moved) this.moveTo(moved, { parent: to, bytes: newName });
    if (isExchange && replaced) this.moveTo(replaced, { parent: from, bytes: name });
    return { ...(moved && { moved }), ...(replaced && !isExchange && { replaced }) };
  }

  /** True when the kernel's last reference went: `fs.forget` is due. */
  forget(node: bigint, lookups: bigint): { inode: Inode; isLast: boolean } | undefined {
    const inode = this.byNode.get(node);
    if (!inode || node === ROOT) return undefined;
    inode.lookups = inode.lookups > lookups ? inode.lookups - lookups : 0n;
    const isLast = inode.lookups === 0n;
    if (isLast && inode.isUnlinked) this.drop(inode);
    return { inode, isLast };
  }

  /** Path relative to the mount, raw bytes; empty for the root and for what has no name any more. */
  pathOf(inode: Inode): Uint8Array {
    const parts: Uint8Array[] = [];
    for (let at: Inode | undefined = inode; at && at.node !== ROOT;) {
      const name: Name | undefined = at.names.at(-1);
      if (!name) return new Uint8Array(0);
      parts.unshift(name.bytes);
      at = name.parent;
    }
    const out = new Uint8Array(parts.reduce((n, p) => n + p.length + 1, 0));
    let end = 0;
    for (const part of parts) {
      out.set(part, end);
      out[end + part.length] = SLASH;
      end += part.length + 1;
    }
    return out.subarray(0, Math.max(0, end - 1));
  }

  private introduce(entry: Entry, at: Name | undefined): Inode {
    const inode = new Inode(entry.node, entry.generation, ++this.newest, entry.attributes);
    this.byNode.set(entry.node, inode);
    if (at) this.named(inode, at);
    this.say(inode);
    this.onNew(inode);
    return inode;
  }

  /** Keeps its own copy of the name: the bytes that came belong to the request. */
  private named(inode: Inode, at: Name): void {
    const key = keyOf(at.parent, at.bytes),
      before = this.byName.get(key);
    if (before && before !== inode) before.names = before.names.filter((n) => keyOf(n.parent, n.bytes) !== key);
    this.byName.set(key, inode);
    inode.names.push({ parent: at.parent, bytes: at.bytes.slice() });
  }

  private moveTo(inode: Inode, at: Name): void {
    this.named(inode, at);
    this.say(inode);
    if (inode.isDirectory) for (const other of this.byNode.values()) if (other !== inode && isBelow(other, inode)) this.say(other);
  }

  /** What it is called, its size and mode. */
  say(inode: Inode): void {
    this.report.inode(inode, this.pathOf(inode), this.blockSize);
  }

  private drop(inode: Inode): void {
    this.byNode.delete(inode.node);
    for (const name of inode.names) this.byName.delete(keyOf(name.parent, name.bytes));
    inode.dirty?.clear();
    this.report.inodeGone(inode.number);
  }
}

function isBelow(inode: Inode, directory: Inode): boolean {
  for (let at = inode.names.at(-1)?.parent; at; at = at.names.at(-1)?.parent) if (at === directory) return true;
  return false;
}
