import { fdatasyncSync } from 'node:fs';
import { MapType, NO_ADDR } from '@mapscope/shared/trace';
import { Errno, FallocFlag, isWriteLike, MapFlag, OpFlag } from '@mapscope/shared/wire';
import type { Begin, BeginReply, Changes, DeviceInfo, Done, End, Filesystem, Mapping, Statfs } from '../filesystem.ts';
import { MemoryNamespace } from './memory-namespace.ts';

/** A block of a file: where it is and what it is. Not in the map: a hole. */
interface Block {
  readonly type: number;
  readonly addr: bigint;
}

export interface MemoryOptions {
  readonly devices: readonly DeviceInfo[];
  readonly blockSize?: number;
  /** At most so many blocks an answer, by turns: how files fall into pieces. */
  readonly pieces?: readonly number[];
  /** Plain writes get DELALLOC. */
  readonly isDelalloc?: boolean;
  /** Overwrites go to another place. */
  readonly isCopyOnWrite?: boolean;
  /** A hole is answered as a hole with a fresh write mapping beside it, not as the fresh mapping alone. */
  readonly isTwoSided?: boolean;
  /** Files up to this size are inline; they move to blocks when they grow. */
  readonly inlineBytes?: number;
  /** Every answer is a promise. */
  readonly isSlow?: boolean;
}

/** Blocks with begin and end, in all the ways a filesystem may answer. Fresh space is UNWRITTEN and converted by iomapEnd. */
export class MemoryFilesystem extends MemoryNamespace implements Filesystem {
  override readonly blockSize: number;
  readonly maxBytes = 1n << 40n;
  readonly ends: End[] = [];
  readonly begins: Begin[] = [];
  /** Set to make the next allocations fail. */
  isFull = false;
  private readonly options: MemoryOptions;
  private readonly maps = new Map<bigint, Map<number, Block>>();
  private readonly inline = new Map<bigint, Uint8Array>();
  private readonly block: bigint;
  private free = 0n;
  private turn = 0;

  constructor(options: MemoryOptions) {
    super();
    this.options = options;
    this.blockSize = options.blockSize ?? 4096;
    this.block = BigInt(this.blockSize);
    this.onGone = (node) => {
      this.maps.delete(node);
      this.inline.delete(node);
    };
  }

  devices(): readonly DeviceInfo[] {
    return this.options.devices;
  }

  statfs(): Statfs {
    const blocks = this.options.devices[0]!.size / this.block,
      free = blocks - this.free / this.block;
    return { blocks, free, available: free, files: 1000n, filesFree: 1000n, blockSize: this.blockSize, nameLength: 255 };
  }

  override blocksOf(node: bigint): bigint {
    return BigInt([...(this.maps?.get(node)?.values() ?? [])].filter((b) => b.addr !== NO_ADDR).length) * (this.block / 512n);
  }

  fsync(): Done {
    for (const device of this.options.devices) fdatasyncSync(device.fd);
    return 0;
  }

  destroy(): void {}

  extended(node: bigint, size: bigint): void {
    const n = this.nodes.get(node);
    if (n && n.size < size) n.size = size;
  }

  override setattr(node: bigint, c: Changes): ReturnType<MemoryNamespace['setattr']> {
    if (c.size !== undefined) {
      const map = this.mapFor(node),
        end = Number((c.size + this.block - 1n) / this.block);
      for (const b of map.keys()) if (b >= end) map.delete(b);
      const inline = this.inline.get(node);
      if (inline) this.inline.set(node, fit(inline, Number(c.size)));
      if (inline && c.size > BigInt(this.options.inlineBytes ?? 0)) this.outline(node);
    }
    return super.setattr(node, c);
  }

  fallocate(node: bigint, mode: number, offset: bigint, length: bigint): Done {
    const map = this.mapFor(node),
      end = offset + length,
      isHole = (mode & FallocFlag.PUNCH_HOLE) !== 0,
      isZero = (mode & FallocFlag.ZERO_RANGE) !== 0;
    this.outline(node);
    const first = isHole ? (offset + this.block - 1n) / this.block : offset / this.block,
      last = isHole ? end / this.block : (end + this.block - 1n) / this.block;
    for (let b = Number(first); b < Number(last); b++) {
      const isWhole = BigInt(b) * this.block >= offset && BigInt(b + 1) * this.block <= end;
      if (isHole) map.delete(b);
      else if (!map.has(b) && this.room() === 0) return -Errno.ENOSPC;
      else if (!map.has(b) || (isZero && isWhole)) map.set(b, { type: MapType.UNWRITTEN, addr: this.allocate() });
    }
    if (!(mode & FallocFlag.KEEP_SIZE)) this.extended(node, end);
    return 0;
  }

  iomapBegin(begin: Begin): BeginReply | number | Promise<BeginReply | number> {
    this.begins.push(begin);
    const reply = this.reply(begin);
    return this.options.isSlow ? new Promise((resolve) => setImmediate(() => resolve(reply))) : reply;
  }

  iomapEnd(end: End): Done {
    this.ends.push(end);
    // Zeroing unwritten space writes nothing: it stays unwritten.
    const isZeroed = (end.opflags & OpFlag.ZERO) !== 0 && end.map.type === MapType.UNWRITTEN;
    if (end.written > 0n && isWriteLike(end.opflags) && end.map.addr !== NO_ADDR && !isZeroed) {
      const map = this.mapFor(end.node),
        last = Number((end.pos + end.written + this.block - 1n) / this.block);
      for (let b = Number(end.pos / this.block); b < last; b++)
        map.set(b, { type: MapType.MAPPED, addr: end.map.addr + (BigInt(b) * this.block - end.map.offset) });
    }
    return this.options.isSlow ? Promise.resolve(0) : 0;
  }

  readInline(node: bigint, pos: bigint, into: Uint8Array): number {
    const part = (this.inline.get(node) ?? new Uint8Array(0)).subarray(Number(pos), Number(pos) + into.length);
    into.set(part);
    return part.length;
  }

  writeInline(node: bigint, pos: bigint, data: Uint8Array): number {
    const old = this.inline.get(node) ?? new Uint8Array(0),
      grown = fit(old, Math.max(old.length, Number(pos) + data.length));
    grown.set(data, Number(pos));
    this.inline.set(node, grown);
    return data.length;
  }

  *mapOf(node: bigint, from = 0n): Iterable<Mapping> {
    const dev = this.options.devices[0]!.cookie,
      length = this.block;
    if (this.inline.has(node) && from < length) yield { offset: 0n, length, addr: NO_ADDR, type: MapType.INLINE, flags: 0, dev: 0 };
    for (const [b, { type, addr }] of [...this.mapFor(node)].sort(([x], [y]) => x - y))
      if (BigInt(b + 1) * length > from)
        yield { offset: BigInt(b) * length, length, addr, type, flags: 0, dev: addr === NO_ADDR ? 0 : dev };
  }

  private reply(begin: Begin): BeginReply | number {
    const { node, opflags } = begin,
      isWrite = (opflags & (OpFlag.WRITE | OpFlag.WRITEBACK)) !== 0;
    const limit = BigInt(this.options.inlineBytes ?? 0),
      end = begin.pos + begin.count;
    const isInline =
      this.inline.has(node) ||
      (isWrite &&
        this.mapFor(node).size === 0 &&
        end <= limit &&
        this.nodes.get(node)!.size <= limit &&
        !(opflags & (OpFlag.WRITEBACK | OpFlag.DIRECT)));
    if (isInline && !(isWrite && end > limit) && !(opflags & (OpFlag.WRITEBACK | OpFlag.DIRECT))) {
      const there: Mapping = { offset: 0n, length: this.block, addr: NO_ADDR, type: MapType.INLINE, flags: 0, dev: 0 };
      if (begin.pos < this.block) return { read: there };
    }
    if (isWrite && this.outline(node) < 0) return -Errno.ENOSPC;
    const read = this.run(begin);
    if (!isWrite) return { read };
    if (read.type === MapType.HOLE || (read.type === MapType.DELALLOC && opflags & (OpFlag.WRITEBACK | OpFlag.DIRECT)))
      return this.place(begin, read);
    if (read.type === MapType.MAPPED && this.options.isCopyOnWrite) return this.copy(begin, read);
    return { read };
  }

  /** Space for a hole, or a place for what was delayed. */
  private place(begin: Begin, read: Mapping): BeginReply | number {
    const isDelayed =
      this.options.isDelalloc === true && read.type === MapType.HOLE && !(begin.opflags & (OpFlag.WRITEBACK | OpFlag.DIRECT));
    if (!isDelayed && this.room() === 0) return -Errno.ENOSPC;
    const map = this.mapFor(begin.node),
      first = Number(begin.pos / this.block),
      n = Math.min(this.blocks(begin, read), isDelayed ? Infinity : this.room());
    const base = isDelayed ? NO_ADDR : this.allocate(n);
    const made = (type: number, flags: number): Mapping => ({
      offset: BigInt(first) * this.block,
      length: BigInt(n) * this.block,
      addr: base,
      type,
      flags,
      dev: isDelayed ? 0 : this.options.devices[0]!.cookie,
    });
    if (this.options.isTwoSided && !isDelayed && read.type === MapType.HOLE)
      return { read, write: made(MapType.MAPPED, MapFlag.NEW | MapFlag.WANT_IOMAP_END) };
    for (let i = 0; i < n; i++)
      map.set(
        first + i,
        isDelayed ? { type: MapType.DELALLOC, addr: NO_ADDR } : { type: MapType.UNWRITTEN, addr: base + BigInt(i) * this.block },
      );
    return { read: made(isDelayed ? MapType.DELALLOC : MapType.UNWRITTEN, isDelayed ? 0 : MapFlag.NEW | MapFlag.WANT_IOMAP_END) };
  }

  private copy(begin: Begin, read: Mapping): BeginReply | number {
    if (this.room() === 0) return -Errno.ENOSPC;
    const first = begin.pos / this.block,
      n = Math.min(this.blocks(begin, read), this.room());
    return {
      read,
      write: {
        offset: first * this.block,
        length: BigInt(n) * this.block,
        addr: this.allocate(n),
        type: MapType.MAPPED,
        flags: MapFlag.NEW | MapFlag.WANT_IOMAP_END,
        dev: this.options.devices[0]!.cookie,
      },
    };
  }

  /** How many blocks from pos on one answer speaks of. */
  private blocks(begin: Begin, m: Mapping): number {
    const first = begin.pos / this.block,
      wanted = (begin.pos + begin.count + this.block - 1n) / this.block - first,
      there = (m.offset + m.length) / this.block - first;
    return Math.min(Number(wanted), Number(there), this.piece());
  }

  /** Blocks that are left. */
  private room(): number {
    return this.isFull ? 0 : Number((this.options.devices[0]!.size - this.free) / this.block);
  }

  private piece(): number {
    const { pieces } = this.options;
    return pieces && pieces.length > 0 ? pieces[this.turn++ % pieces.length]! : 1 << 20;
  }

  /** What is at pos: neighbours of one kind in one piece, or a hole up to the next block or the end of what was asked. */
  private run(begin: Begin): Mapping {
    const map = this.mapFor(begin.node),
      first = Number(begin.pos / this.block),
      at = map.get(first);
    const last = Number((begin.pos + begin.count + this.block - 1n) / this.block);
    let to = first + 1;
    if (!at) {
      const next = [...map.keys()].reduce((n, b) => (b > first && b < n ? b : n), last);
      return {
        offset: BigInt(first) * this.block,
        length: BigInt(Math.max(next, first + 1) - first) * this.block,
        addr: NO_ADDR,
        type: MapType.HOLE,
        flags: 0,
        dev: 0,
      };
    }
    const most = Math.min(last, first + this.piece());
    while (to < most) {
      const next = map.get(to);
      if (next?.type !== at.type || (at.addr !== NO_ADDR && next.addr !== at.addr + BigInt(to - first) * this.block)) break;
      to++;
    }
    const flags = at.type === MapType.UNWRITTEN ? MapFlag.WANT_IOMAP_END : 0;
    return {
      offset: BigInt(first) * this.block,
      length: BigInt(to - first) * this.block,
      addr: at.addr,
      type: at.type,
      flags,
      dev: at.addr === NO_ADDR ? 0 : this.options.devices[0]!.cookie,
    };
  }

  /** Inline data moves to a block of its own. */
  private outline(node: bigint): number {
    const bytes = this.inline.get(node);
    if (!bytes) return 0;
    if (this.room() === 0) return -Errno.ENOSPC;
    this.inline.delete(node);
    if (bytes.length === 0) return 0;
    const addr = this.allocate(),
      device = this.options.devices[0]!;
    this.onOutline(device, addr, fit(bytes, this.blockSize));
    this.mapFor(node).set(0, { type: MapType.MAPPED, addr });
    return 0;
  }

  /** Replaced by who knows how to write to the devices. */
  onOutline: (device: DeviceInfo, addr: bigint, block: Uint8Array) => void = () => {};

  private mapFor(node: bigint): Map<number, Block> {
    let map = this.maps.get(node);
    if (!map) this.maps.set(node, (map = new Map()));
    return map;
  }

  private allocate(n = 1): bigint {
    const at = this.free;
    this.free += BigInt(n) * this.block;
    return at;
  }
}

function fit(bytes: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  out.set(bytes.subarray(0, length));
  return out;
}
