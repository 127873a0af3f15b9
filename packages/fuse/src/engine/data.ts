import { MapType } from '@mapscope/shared/trace';
import { Errno, MapFlag, OpFlag } from '@mapscope/shared/wire';
import { ceilTo, floorTo } from '@mapscope/shared/units';
import type { Buffers } from '../buffers.ts';
import type { Filesystem, Mapping } from '../filesystem.ts';
import type { Inode } from '../inode.ts';
import { DirtyBlocks } from './dirty-blocks.ts';
import type { Storage } from './storage.ts';
import type { Step } from './upcalls.ts';

/** Bytes between a request and what a mapping names: a device, the inode, the engine's dirty blocks, or nothing at all. */
export class Data {
  private readonly fs: Filesystem;
  private readonly storage: Storage;
  private readonly buffers: Buffers;
  private readonly block: bigint;
  private readonly now: () => bigint;

  constructor(fs: Filesystem, storage: Storage, buffers: Buffers, now: () => bigint) {
    this.fs = fs;
    this.storage = storage;
    this.buffers = buffers;
    this.block = BigInt(fs.blockSize);
    this.now = now;
  }

  /** What the file holds at `pos`, as mapping `m` and the dirty blocks say: all of `into`, or a negative errno. */
  load(op: number, inode: Inode, m: Mapping, pos: bigint, into: Uint8Array): number {
    let n = into.length;
    if (m.type === MapType.MAPPED) n = this.storage.read(op, inode.number, m, pos, into);
    else if (m.type === MapType.INLINE) n = this.loadInline(inode, pos, into);
    else into.fill(0);
    if (n >= 0) inode.dirty?.overlay(pos, into);
    return n;
  }

  private loadInline(inode: Inode, pos: bigint, into: Uint8Array): number {
    const n = this.fs.readInline?.(inode.node, pos, into) ?? -Errno.EIO;
    if (n < 0) return n;
    into.fill(0, n);
    return into.length;
  }

  /** `part` goes to the step's target at `pos`: all of it, or a negative errno. */
  store(step: Step, pos: bigint, part: Uint8Array): number {
    const { target, inode } = step;
    switch (target.type) {
      case MapType.MAPPED:
      case MapType.UNWRITTEN:
        return this.storeBlocks(step, pos, part);
      case MapType.DELALLOC:
        return step.begin.opflags & (OpFlag.DIRECT | OpFlag.WRITEBACK) ? -Errno.EIO : this.keep(step, pos, part);
      case MapType.INLINE: {
        const n = this.fs.writeInline?.(inode.node, pos, part) ?? -Errno.EIO;
        return n < 0 || n === part.length ? n : -Errno.EIO;
      }
      default:
        return -Errno.EIO;
    }
  }

  /** In place where there is data already. A fresh block, or one on its way to another place, is written whole. */
  private storeBlocks(step: Step, pos: bigint, part: Uint8Array): number {
    const { target, inode, op } = step,
      end = pos + BigInt(part.length);
    if (!isFresh(step)) {
      inode.dirty?.patch(pos, part);
      return this.storage.write(op, inode.number, target, pos, part);
    }
    const from = floorTo(pos, this.block),
      to = ceilTo(end, this.block);
    if (from === pos && to === end) {
      const n = this.storage.write(op, inode.number, target, pos, part);
      if (n > 0) inode.dirty?.drop(from, to);
      return n;
    }
    return this.buffers.use((whole) => {
      const bytes = whole.subarray(0, Number(to - from)),
        size = this.fs.blockSize;
      // Only the blocks at the two edges keep something of what was there.
      const head = this.loadEdge(step, from, bytes.subarray(0, size));
      const tail = bytes.length > size ? this.loadEdge(step, to - this.block, bytes.subarray(bytes.length - size)) : 0;
      if (head < 0 || tail < 0) return head < 0 ? head : tail;
      bytes.set(part, Number(pos - from));
      const n = this.storage.write(op, inode.number, target, from, bytes);
      if (n < 0) return n;
      inode.dirty?.drop(from, to);
      return part.length;
    });
  }

  private loadEdge(step: Step, pos: bigint, block: Uint8Array): number {
    if (step.source) return this.load(step.op, step.inode, step.source, pos, block);
    block.fill(0);
    step.inode.dirty?.overlay(pos, block);
    return block.length;
  }

  /** DELALLOC has no place yet: the blocks stay here until a WRITEBACK begin gives them one. */
  private keep(step: Step, pos: bigint, part: Uint8Array): number {
    const { inode } = step,
      size = this.fs.blockSize,
      start = Number(pos);
    const dirty = (inode.dirty ??= new DirtyBlocks(size));
    if (dirty.isEmpty) dirty.since = this.now();
    for (let at = 0; at < part.length;) {
      const number = Math.floor((start + at) / size),
        from = (start + at) % size,
        n = Math.min(size - from, part.length - at);
      if (step.source && n < size && !dirty.has(number)) {
        const block = new Uint8Array(size),
          got = this.load(step.op, inode, step.source, BigInt(number * size), block);
        if (got < 0) return got;
        dirty.open(number).set(block);
      }
      dirty.open(number).set(part.subarray(at, at + n), from);
      at += n;
    }
    return part.length;
  }
}

/** The target's old bytes mean nothing: it was just allocated, holds no data yet, or stands for another place. */
export const isFresh = (step: Step): boolean =>
  step.source !== undefined || step.target.type === MapType.UNWRITTEN || (step.target.flags & MapFlag.NEW) !== 0;
