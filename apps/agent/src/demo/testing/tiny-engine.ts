import type { Filesystem, Mapping } from '@mapscope/fuse';
import { pread, pwrite } from '@mapscope/native';
import { MapType } from '@mapscope/shared/trace';
import { checkReply, MapFlag, OpFlag, pureOverwrite, wantsEnd } from '@mapscope/shared/wire';

/*
 * The smallest engine that keeps the contract of packages/fuse/src/filesystem.ts, synchronous, for tests of the demo filesystem: it moves
 * bytes where `iomapBegin` says, keeps what is DELALLOC, zeroes edges, and throws at any reply that breaks a rule.
 */
const BLOCK = 4096;
const caller = { pid: 1, uid: 0, gid: 0 };

export type WriteHow = 'cached' | 'direct' | 'writeback';
const writeFlags: Readonly<Record<WriteHow, number>> = {
  cached: OpFlag.WRITE,
  direct: OpFlag.WRITE | OpFlag.DIRECT,
  writeback: OpFlag.WRITEBACK,
};

/** Like the binding's methods: a value, or a negative errno. */
export class TinyEngine {
  readonly fs: Filesystem;
  /** Blocks without a place, by node. */
  readonly #kept = new Map<bigint, Map<number, Uint8Array>>();
  readonly #sizes = (node: bigint): bigint => {
    const found = this.fs.getattr(node);
    if (typeof found !== 'object' || found instanceof Promise) throw new Error(`node ${node} has no attributes`);
    return found.size;
  };

  constructor(fs: Filesystem) {
    this.fs = fs;
  }

  size(node: bigint): number {
    return Number(this.#sizes(node));
  }

  read(node: bigint, pos: number, length: number): Uint8Array {
    const end = Math.min(pos + length, this.size(node)),
      into = new Uint8Array(Math.max(0, end - pos));
    for (let at = pos; at < end;) {
      const { target } = this.#begin(node, at, end - at, 0),
        stop = Math.min(end, reach(target));
      this.#load(node, target, at, into.subarray(at - pos, stop - pos));
      at = stop;
    }
    return into;
  }

  /** Bytes written, fewer where it stopped on the way, or the errno of the first step. `stopAfter`: the device fails there. */
  write(node: bigint, pos: number, data: Uint8Array, how: WriteHow, stopAfter = Infinity): number {
    // What is cached goes out before a direct write, as in a kernel; the cached bytes of blocks that it then covers are on the device.
    const failed = how === 'direct' ? this.flush(node) : 0;
    if (failed < 0) return failed;
    const gap = this.#zero(node, this.size(node), pos);
    if (gap < 0) return gap;
    let done = 0;
    while (done < data.length) {
      const n = this.#writeStep(node, pos + done, data.subarray(done), writeFlags[how], stopAfter - done);
      if (n <= 0) return done > 0 ? done : n;
      done += n;
      if (pos + done > this.size(node)) this.fs.extended?.(node, BigInt(pos + done));
    }
    return done;
  }

  /** What is DELALLOC gets its place. 0 or a negative errno, with the bytes still kept. */
  flush(node: bigint): number {
    const kept = this.#kept.get(node);
    for (const block of [...(kept?.keys() ?? [])].sort((a, b) => a - b)) {
      const n = this.#writeStep(node, block * BLOCK, kept!.get(block)!, OpFlag.WRITEBACK, Infinity);
      if (n < 0) return n;
      kept!.delete(block);
    }
    return 0;
  }

  fsync(node: bigint): number {
    const failed = this.flush(node);
    return failed < 0 ? failed : (this.fs.fsync(node, false) as number);
  }

  release(node: bigint): void {
    this.flush(node);
    this.fs.released?.(node);
  }

  /** The kernel's last reference is gone, and what was kept for it. */
  forget(node: bigint): void {
    this.#kept.delete(node);
    this.fs.forget(node, 1n);
  }

  truncate(node: bigint, size: number): number {
    const low = Math.min(this.size(node), size),
      failed = this.#zero(node, low, ceil(low));
    if (failed < 0) return failed;
    const answer = this.fs.setattr(node, { size: BigInt(size) }, caller);
    if (typeof answer === 'number') return answer;
    for (const block of this.#kept.get(node)?.keys() ?? []) if (block * BLOCK >= size) this.#kept.get(node)!.delete(block);
    return 0;
  }

  fallocate(node: bigint, mode: number, pos: number, length: number): number {
    const end = pos + length,
      size = this.size(node),
      inner = { from: ceil(pos), to: end - (end % BLOCK) };
    if (mode & ~1) {
      const edges =
        inner.from > inner.to
          ? [[pos, end]]
          : [
              [pos, inner.from],
              [inner.to, end],
            ];
      for (const [from, to] of edges) {
        const failed = this.#zero(node, from!, Math.min(to!, ceil(size)));
        if (failed < 0) return failed;
      }
    }
    const answer = this.fs.fallocate!(node, mode, BigInt(pos), BigInt(length)) as number;
    if (answer === 0 && mode & ~1)
      for (const block of this.#kept.get(node)?.keys() ?? [])
        if (block * BLOCK >= inner.from && (block + 1) * BLOCK <= inner.to) this.#kept.get(node)!.delete(block);
    return answer;
  }

  keeps(node: bigint): number[] {
    return [...(this.#kept.get(node)?.keys() ?? [])].sort((a, b) => a - b);
  }

  #zero(node: bigint, from: number, to: number): number {
    for (let at = from; at < to;) {
      const { target, errno } = this.#begin(node, at, to - at, OpFlag.ZERO);
      if (errno < 0) return errno;
      const stop = Math.min(to, reach(target));
      if (target.type !== MapType.HOLE && target.type !== MapType.UNWRITTEN) this.#store(node, target, at, new Uint8Array(stop - at));
      if (wantsEnd(OpFlag.ZERO, target.flags, BigInt(to - at), BigInt(stop - at)))
        this.#end(node, at, to - at, OpFlag.ZERO, stop - at, target);
      at = stop;
    }
    return 0;
  }

  #writeStep(node: bigint, pos: number, data: Uint8Array, opflags: number, room: number): number {
    const { read, target, errno } = this.#begin(node, pos, data.length, opflags);
    if (errno < 0) return errno;
    const n = Math.min(data.length, reach(target) - pos),
      part = data.subarray(0, Math.min(n, room)),
      count = data.length;
    if (part.length > 0) {
      if (target.type === MapType.DELALLOC) this.#keep(node, read, pos, part);
      else if (target.type === MapType.UNWRITTEN || target.flags & MapFlag.NEW) {
        const from = pos - (pos % BLOCK),
          whole = new Uint8Array(ceil(pos + part.length) - from);
        // A block that is kept and now gets its place otherwise (direct over cached) keeps its other bytes.
        for (let at = from; at < from + whole.length; at += BLOCK) whole.set(this.#kept.get(node)?.get(at / BLOCK) ?? [], at - from);
        whole.set(part, pos - from);
        this.#store(node, target, from, whole);
        for (let at = from; at < from + whole.length; at += BLOCK) this.#kept.get(node)?.delete(at / BLOCK);
      } else this.#store(node, target, pos, part);
    }
    const written = part.length === 0 ? -5 : part.length;
    if (wantsEnd(opflags, target.flags, BigInt(count), BigInt(written))) {
      const failed = this.#end(node, pos, count, opflags, written, target);
      if (failed < 0) return failed;
    }
    return written;
  }

  #begin(node: bigint, pos: number, count: number, opflags: number): { read: Mapping; target: Mapping; errno: number } {
    const reply = this.fs.iomapBegin({ node, ino: node, pos: BigInt(pos), count: BigInt(count), opflags, caller });
    if (reply instanceof Promise) throw new Error('the demo filesystem answers at once');
    const none: Mapping = { offset: 0n, length: 0n, addr: 0n, type: 0, flags: 0, dev: 0 };
    if (typeof reply === 'number') return { read: none, target: none, errno: reply };
    const write = reply.write ?? pureOverwrite(reply.read),
      asked = { pos: BigInt(pos), count: BigInt(count), opflags };
    const broken = checkReply(asked, { read: reply.read, write }, { blockSize: BLOCK, maxBytes: this.fs.maxBytes });
    if (broken.length > 0) throw new Error(`${JSON.stringify(broken)} for pos ${pos} opflags ${opflags}`);
    return { read: reply.read, target: reply.write ?? reply.read, errno: 0 };
  }

  #end(node: bigint, pos: number, count: number, opflags: number, written: number, map: Mapping): number {
    return this.fs.iomapEnd!({
      node,
      ino: node,
      pos: BigInt(pos),
      count: BigInt(count),
      opflags,
      caller,
      written: BigInt(written),
      map,
    }) as number;
  }

  #load(node: bigint, from: Mapping, pos: number, into: Uint8Array): void {
    if (from.type === MapType.INLINE) this.fs.readInline!(node, BigInt(pos), into);
    else if (from.type === MapType.DELALLOC)
      for (let i = 0; i < into.length; i++) into[i] = this.#kept.get(node)!.get(Math.floor((pos + i) / BLOCK))![(pos + i) % BLOCK]!;
    else if (from.type === MapType.MAPPED) pread(this.#fd(from), into, 0, into.length, from.addr + BigInt(pos) - from.offset);
  }

  #store(node: bigint, to: Mapping, pos: number, data: Uint8Array): void {
    if (to.type === MapType.INLINE) {
      const n = this.fs.writeInline!(node, BigInt(pos), data);
      if (n !== data.length) throw new Error(`writeInline took ${n} of ${data.length}`);
    } else if (to.type === MapType.DELALLOC) this.#keep(node, to, pos, data);
    else pwrite(this.#fd(to), data, 0, data.length, to.addr + BigInt(pos) - to.offset);
  }

  #keep(node: bigint, read: Mapping, pos: number, data: Uint8Array): void {
    const kept = this.#kept.get(node) ?? new Map<number, Uint8Array>();
    this.#kept.set(node, kept);
    for (let at = pos; at < pos + data.length;) {
      const block = Math.floor(at / BLOCK),
        n = Math.min((block + 1) * BLOCK, pos + data.length) - at;
      const bytes = kept.get(block) ?? new Uint8Array(BLOCK);
      if (!kept.has(block) && read.type === MapType.MAPPED) this.#load(node, read, block * BLOCK, bytes);
      bytes.set(data.subarray(at - pos, at - pos + n), at % BLOCK);
      kept.set(block, bytes);
      at += n;
    }
  }

  #fd(mapping: Mapping): number {
    return this.fs.devices()[mapping.dev - 1]!.fd;
  }
}

const ceil = (n: number): number => Math.ceil(n / BLOCK) * BLOCK;
const reach = (m: Mapping): number => Number(m.offset + m.length);
