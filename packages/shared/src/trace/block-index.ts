import { type Flaw, flaw, leastOf, minBig } from '../units/index.ts';
import { BLOCK_HEADER, BlockType, MAX_BLOCK } from './block.ts';
import type { Frame } from './frame.ts';
import { joinedEntry } from './entry-join.ts';
import { joined } from './joined.ts';
import { Kind } from './kind.ts';
import { Leb128Reader, Leb128Writer } from './leb128.ts';

/**
 * What the index says of a block, so that an overview of ten million events decodes none; or of several blocks of events one after the other
 * (`joinedEntry`), since a recorder writes one for every frame.
 */
export interface BlockEntry {
  readonly type: BlockType;
  readonly continues: boolean;
  /** Place of the block in the file, and its bytes there, header and padding included. Of several: from the first to the last. */
  readonly at: number;
  readonly size: number;
  readonly rows: number;
  /** Earliest time of a row; 2^64 - 1 without rows. */
  readonly first: bigint;
  readonly until: bigint;
  /** Rows by kind; `undefined` where the recording has no index (then only decoding tells). */
  readonly counts?: Uint32Array | undefined;
  /** Inodes that rows (or sections) are about, ascending; 0 where rows are about none. `undefined`: only decoding tells. */
  readonly inodes?: Uint32Array | undefined;
  /** Nothing of this block can be read, not even its header: what it was is not known. */
  readonly damage?: Flaw;
}

const KINDS = Math.max(...Object.values(Kind)) + 1;
const NEVER = 0xffff_ffff_ffff_ffffn;

/** Whether one of an entry's `inodes`, which are ascending, is this one. */
export function holds(ascending: Uint32Array, inode: number): boolean {
  let low = 0,
    high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! < inode) low = middle + 1;
    else high = middle;
  }
  return ascending[low] === inode;
}

/** Rows of the stream itself: without those that keyframes repeat. */
export const eventRows = (entries: readonly BlockEntry[]): number =>
  entries.reduce((sum, { type, rows }) => (type === BlockType.events ? sum + rows : sum), 0);

/** Sums up frames as they come, for the entry of their block. */
export class EntryCounter {
  private counts = new Uint32Array(KINDS);
  private inodes = new Set<number>();
  rows = 0;
  first = NEVER;
  until = 0n;

  add({ count, until, kind, inode, parent, time }: Frame): void {
    this.rows += count;
    if (until > this.until) this.until = until;
    this.first = minBig(this.first, leastOf(time, count, NEVER));
    const { counts, inodes } = this;
    for (let i = 0, last = -1; i < count; i++) {
      if (kind[i]! < KINDS) counts[kind[i]!]!++;
      // A remap is about two files: its other inode is where others have their op.
      if (kind[i] === Kind.remap) inodes.add(parent[i]!);
      if (inode[i] !== last) inodes.add((last = inode[i]!));
    }
  }

  entry(type: BlockType, continues: boolean, at: number, size: number): BlockEntry {
    const { rows, first, until, counts } = this;
    return { type, continues, at, size, rows, first, until, counts, inodes: Uint32Array.from(this.inodes).sort() };
  }
}

/** Bytes of an entry's blocks in the file: what a reader takes at once. */
const MAX_ENTRY = BLOCK_HEADER + MAX_BLOCK;

/** Bits of the second number of an entry. */
const IndexFlag = { continues: 1, inodesLeftOut: 2 } as const;
const noInodes = Uint8Array.of(0);

/** An entry of an index in the making. */
export interface IndexedEntry {
  readonly entry: BlockEntry;
  /** It is about the blocks of the entry before it as well, and stands in its place. */
  readonly isJoined: boolean;
}

/** The entries of an index as LEB128 numbers, places and inodes as the difference to the one before; kept encoded, since a long recording has many. */
export class IndexEncoder {
  private readonly numbers = new Leb128Writer();
  private readonly parts: { readonly head: Uint8Array; readonly inodes: Uint8Array }[] = [];
  private bytes = 0;
  private before = 0;
  /** The next block may be part of it. */
  private open: BlockEntry | undefined;

  /** Answers what the index says of the block now, and whether that stands in place of what it said last. */
  add(entry: BlockEntry): IndexedEntry {
    const { open } = this,
      both = open && joinedEntry(open, entry);
    if (open && !both) this.put(open);
    this.open = both ?? entry;
    return { entry: this.open, isJoined: both !== undefined };
  }

  private put({ type, continues, at, size, rows, first, until, counts, inodes }: BlockEntry): void {
    const { numbers } = this;
    for (const n of [type, continues ? IndexFlag.continues : 0, at - this.before, size, rows]) numbers.put(n);
    for (const n of [first, until]) numbers.putBig(n);
    for (let kind = 0; kind < KINDS; kind++) numbers.put(counts?.[kind] ?? 0);
    const head = numbers.take();
    numbers.put(inodes?.length ?? 0);
    let last = 0;
    for (const inode of inodes ?? []) {
      numbers.put(inode - last);
      last = inode;
    }
    const part = { head, inodes: numbers.take() };
    this.parts.push(part);
    this.bytes += part.head.length + part.inodes.length;
    this.before = at;
  }

  /** The payload of the index block, of all that was added. Where it would be larger than `most`, it leaves out which inodes a block is about. */
  payload(most = MAX_BLOCK): Uint8Array {
    if (this.open) this.put(this.open);
    this.open = undefined;
    const { numbers, parts } = this;
    numbers.put(parts.length);
    numbers.put(KINDS);
    const begin = numbers.take(),
      hasInodes = begin.length + this.bytes <= most;
    if (hasInodes) return joined([begin, ...parts.flatMap(({ head, inodes }) => [head, inodes])]);
    return joined([begin, ...parts.flatMap(({ head }) => [withoutInodes(head), noInodes])]);
  }
}

/** Type and flags are a byte each. */
function withoutInodes(head: Uint8Array): Uint8Array {
  const out = head.slice();
  out[1]! |= IndexFlag.inodesLeftOut;
  return out;
}

/** Total: an index that does not add up is a flaw, and the reader looks at the blocks themselves. */
export function decodeIndex(bytes: Uint8Array, fileSize: number): BlockEntry[] | Flaw {
  const from = new Leb128Reader(bytes),
    entries: BlockEntry[] = [];
  const n = from.next(bytes.length),
    kinds = from.next(256);
  let before = 0;
  for (let k = 0; k < n && !from.isWrong; k++) {
    const type = from.next(127) as BlockType,
      flags = from.next(127),
      at = before + from.next(fileSize),
      size = from.next(fileSize),
      rows = from.next(0xffff_ffff);
    const first = from.big(),
      until = from.big();
    const counts = new Uint32Array(Math.max(KINDS, kinds));
    for (let kind = 0; kind < kinds; kind++) counts[kind] = from.next(0xffff_ffff);
    const inodes = from.next(bytes.length),
      place = from.at;
    from.skip(inodes);
    if (size > MAX_ENTRY || at + size > fileSize) from.isWrong = true;
    const it = { type, continues: (flags & IndexFlag.continues) !== 0, at, size, rows, first, until, counts };
    entries.push((flags & IndexFlag.inodesLeftOut) !== 0 ? it : withInodes(it, bytes, place, inodes));
    before = at;
  }
  return from.isWrong
    ? flaw({ code: 'E_INDEX', at: from.at, field: 'index', found: 'numbers that do not add up', allowed: `${n} blocks` })
    : entries;
}

/** Most entries are never asked for their inodes: they are decoded by whoever asks first. */
function withInodes(entry: BlockEntry, bytes: Uint8Array, at: number, n: number): BlockEntry {
  let inodes: Uint32Array | undefined;
  return {
    ...entry,
    get inodes() {
      if (inodes) return inodes;
      const from = new Leb128Reader(bytes, at);
      inodes = new Uint32Array(n);
      for (let i = 0, last = 0; i < n; i++) inodes[i] = last += from.next(0xffff_ffff);
      return inodes;
    },
  };
}
