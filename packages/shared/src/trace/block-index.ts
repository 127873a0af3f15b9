import { type Flaw, flaw } from '../units/index.ts';
import type { BlockType } from './block.ts';
import type { Frame } from './frame.ts';
import { Kind } from './kind.ts';

/** What the index says of a block, so that an overview of ten million events decodes none. */
export interface BlockEntry {
  readonly type: BlockType;
  readonly continues: boolean;
  /** Place of the block in the file, and its bytes there, header and padding included. */
  readonly at: number;
  readonly size: number;
  readonly rows: number;
  /** Earliest time of a row; 2^64 - 1 without rows. */
  readonly first: bigint;
  readonly until: bigint;
  /** Rows by kind; `undefined` where the recording has no index (then only decoding tells). */
  readonly counts?: Uint32Array;
  /** Inodes that rows (or sections) are about, ascending; 0 where rows are about none. */
  readonly inodes?: Uint32Array;
  /** Nothing of this block can be read, not even its header: what it was is not known. */
  readonly damage?: Flaw;
}

const KINDS = Math.max(...Object.values(Kind)) + 1;

/** Sums up frames as they come, for the entry of their block. */
export class EntryCounter {
  private counts = new Uint32Array(KINDS);
  private inodes = new Set<number>();
  rows = 0;
  first = 0xffff_ffff_ffff_ffffn;
  until = 0n;

  add(frame: Frame): void {
    this.rows += frame.count;
    if (frame.until > this.until) this.until = frame.until;
    for (let i = 0; i < frame.count; i++) {
      if (frame.kind[i]! < KINDS) this.counts[frame.kind[i]!]!++;
      this.inodes.add(frame.inode[i]!);
      if (frame.time[i]! < this.first) this.first = frame.time[i]!;
    }
  }

  entry(type: BlockType, continues: boolean, at: number, size: number): BlockEntry {
    const { rows, first, until, counts } = this;
    return { type, continues, at, size, rows, first, until, counts, inodes: Uint32Array.from(this.inodes).sort() };
  }
}

/** Entries as LEB128 numbers; places and inodes as the difference to the one before. */
export function encodeIndex(entries: readonly BlockEntry[]): Uint8Array {
  const out = new Numbers();
  out.put(BigInt(entries.length));
  out.put(BigInt(KINDS));
  let before = 0;
  for (const entry of entries) {
    for (const n of [entry.type, entry.continues ? 1 : 0, entry.at - before, entry.size, entry.rows]) out.put(BigInt(n));
    out.put(entry.first);
    out.put(entry.until);
    for (let kind = 0; kind < KINDS; kind++) out.put(BigInt(entry.counts?.[kind] ?? 0));
    out.put(BigInt(entry.inodes?.length ?? 0));
    let last = 0;
    for (const inode of entry.inodes ?? []) {
      out.put(BigInt(inode - last));
      last = inode;
    }
    before = entry.at;
  }
  return out.take();
}

/** Total: an index that does not add up is a flaw, and the reader looks at the blocks themselves. */
export function decodeIndex(bytes: Uint8Array, fileSize: number): BlockEntry[] | Flaw {
  const from = new NumberReader(bytes),
    entries: BlockEntry[] = [];
  const n = from.next(bytes.length),
    kinds = from.next(256);
  let before = 0;
  for (let k = 0; k < n && !from.isWrong; k++) {
    const type = from.next(255) as BlockType,
      continues = from.next(1) === 1,
      at = before + from.next(fileSize),
      size = from.next(fileSize),
      rows = from.next(0xffff_ffff);
    const first = from.big(),
      until = from.big();
    const counts = new Uint32Array(Math.max(KINDS, kinds));
    for (let kind = 0; kind < kinds; kind++) counts[kind] = from.next(0xffff_ffff);
    const inodes = new Uint32Array(from.next(bytes.length));
    for (let i = 0, last = 0; i < inodes.length; i++) inodes[i] = last += from.next(0xffff_ffff);
    if (at + size > fileSize) from.isWrong = true;
    entries.push({ type, continues, at, size, rows, first, until, counts, inodes });
    before = at;
  }
  return from.isWrong
    ? flaw({ code: 'E_INDEX', at: from.at, field: 'index', found: 'numbers that do not add up', allowed: `${n} blocks` })
    : entries;
}

class Numbers {
  private bytes = new Uint8Array(1024);
  private used = 0;

  put(n: bigint): void {
    do {
      if (this.used === this.bytes.length) {
        const wider = new Uint8Array(this.bytes.length * 2);
        wider.set(this.bytes);
        this.bytes = wider;
      }
      const low = Number(n & 0x7fn);
      n >>= 7n;
      this.bytes[this.used++] = n > 0n ? low | 0x80 : low;
    } while (n > 0n);
  }

  take(): Uint8Array {
    return this.bytes.slice(0, this.used);
  }
}

class NumberReader {
  at = 0;
  isWrong = false;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  big(): bigint {
    let n = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) break;
      n |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, n);
    }
    this.isWrong = true;
    return 0n;
  }

  /** A number up to `most`, which is what is allocated or trusted at once; 0 and wrong beyond. */
  next(most: number): number {
    const n = this.big();
    if (n <= BigInt(most)) return Number(n);
    this.isWrong = true;
    return 0;
  }
}
