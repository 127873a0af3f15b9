import { type Flaw, flaw, isFlaw } from '../units/index.ts';
import { ChunkFlag, chunkFlags } from './bits-ioctl.ts';
import { chars, flexible, list } from './fields.ts';
import { struct } from './struct.ts';
import { hexadecimal, rawBytes, unused } from './words.ts';

/** What is searched for in a tree of btrfs. Fact: include/uapi/linux/btrfs.h. */
export const btrfsSearchKey = struct('btrfs_ioctl_search_key', [
  ['tree_id', 'u64', 'which tree'],
  ['min_objectid', 'u64', 'lowest first part of a key'],
  ['max_objectid', 'u64', 'highest first part of a key'],
  ['min_offset', 'u64', 'lowest last part of a key'],
  ['max_offset', 'u64', 'highest last part of a key'],
  ['min_transid', 'u64', 'oldest transaction'],
  ['max_transid', 'u64', 'newest transaction'],
  ['min_type', 'u32', 'lowest middle part of a key'],
  ['max_type', 'u32', 'highest middle part of a key'],
  ['nr_items', 'u32', 'in: how many at most; out: how many were found'],
  unused('unused', 'u32'),
  unused('unused1', 'u64'),
  unused('unused2', 'u64'),
  unused('unused3', 'u64'),
  unused('unused4', 'u64'),
]);

/** 112 bytes and the items. Fact: include/uapi/linux/btrfs.h. */
export const btrfsSearch = struct('btrfs_ioctl_search_args_v2', [
  ['key', btrfsSearchKey, 'what is searched for'],
  ['buf_size', 'u64', 'room for items, bytes'],
  ['buf', flexible('char'), 'the items, each behind its header'],
]);

/** Before each item found. Fact: include/uapi/linux/btrfs.h. */
export const btrfsSearchHeader = struct('btrfs_ioctl_search_header', [
  ['transid', 'u64', 'transaction that wrote it last'],
  ['objectid', 'u64', 'first part of its key'],
  ['offset', 'u64', 'last part of its key; of a chunk its logical address', hexadecimal],
  ['type', 'u32', 'middle part of its key'],
  ['len', 'u32', 'how long the item is that follows, bytes'],
]);

/** A place of a chunk on one device. Fact: include/uapi/linux/btrfs_tree.h. */
export const btrfsStripe = struct('btrfs_stripe', [
  ['devid', 'u64', 'which device of the filesystem'],
  ['offset', 'u64', 'where it begins on the device, bytes', hexadecimal],
  ['dev_uuid', chars(16), 'the device, by its own name', rawBytes],
]);

/** A chunk item with its first stripe; the others follow. Fact: include/uapi/linux/btrfs_tree.h. */
export const btrfsChunk = struct('btrfs_chunk', [
  ['length', 'u64', 'logical bytes'],
  ['owner', 'u64', 'tree that it belongs to'],
  ['stripe_len', 'u64', 'what lies on one device before the next one’s turn, bytes'],
  ['type', 'u64', 'what it holds, and how', chunkFlags],
  ['io_align', 'u32', 'best alignment of I/O, bytes'],
  ['io_width', 'u32', 'best size of I/O, bytes'],
  ['sector_size', 'u32', 'least size of I/O, bytes'],
  ['num_stripes', 'u16', 'how many stripes it has'],
  ['sub_stripes', 'u16', 'of RAID10: how many stripes in a row are copies'],
  ['stripe', btrfsStripe, 'the first of its stripes'],
]);

/** A device of a filesystem. Fact: include/uapi/linux/btrfs.h. */
export const btrfsDeviceInfo = struct('btrfs_ioctl_dev_info_args', [
  ['devid', 'u64', 'which device of the filesystem'],
  ['uuid', chars(16), 'the device, by its own name', rawBytes],
  ['bytes_used', 'u64', 'how much of it chunks have, bytes'],
  ['total_bytes', 'u64', 'how large it is, bytes'],
  // Later headers keep a filesystem's uuid in the first two.
  unused('unused', list('u64', 379)),
  ['path', chars(1024), 'where it is, ending with NUL; empty when it is missing'],
]);

/** Where chunk items are. Fact: BTRFS_CHUNK_TREE_OBJECTID and others, include/uapi/linux/btrfs_tree.h. */
export const CHUNK_TREE = { tree: 3n, objectid: 256n, itemType: 228 } as const;

/** A range of logical addresses and where it lies, as its profile says. */
export interface Chunk {
  /** Bytes. */
  readonly logical: bigint;
  readonly length: bigint;
  readonly stripeLength: bigint;
  /** Consecutive stripes go to the next column; the stripe after the last column's to the first again. */
  readonly columns: readonly (readonly Stripe[])[];
}

/** One copy of a column. */
export interface Stripe {
  readonly devid: bigint;
  /** Of the device, bytes. */
  readonly offset: bigint;
}

/** A chunk that cannot be followed by arithmetic alone: parity rotates, or its profile is not known. */
export interface OpaqueChunk {
  readonly logical: bigint;
  readonly length: bigint;
  /** As `chunkFlags` prints it. */
  readonly profile: string;
}

/** The chunk items among the `count` items behind a search, in order, and the key behind the last. A flaw where one makes no sense. */
export function readChunks(answer: Uint8Array, count: number): { readonly chunks: (Chunk | OpaqueChunk)[]; readonly next: bigint } | Flaw {
  const chunks: (Chunk | OpaqueChunk)[] = [];
  let next = 0n;
  for (let i = 0, at = btrfsSearch.size; i < count; i++) {
    const header = btrfsSearchHeader.read(answer, at);
    if (isFlaw(header)) return header;
    at += btrfsSearchHeader.size;
    const end = at + header.len;
    if (header.type === CHUNK_TREE.itemType) {
      const chunk = readChunk(answer.subarray(0, end), at, header.offset);
      if (isFlaw(chunk)) return chunk;
      chunks.push(chunk);
    }
    next = header.offset + 1n;
    at = end;
  }
  return { chunks, next };
}

const FIRST_STRIPE = btrfsChunk.size - btrfsStripe.size;

function readChunk(bytes: Uint8Array, at: number, logical: bigint): Chunk | OpaqueChunk | Flaw {
  const item = btrfsChunk.read(bytes, at);
  if (isFlaw(item)) return item;
  const { length, type, stripe_len, num_stripes, sub_stripes } = item;
  const wrong = (field: string, found: unknown, allowed: string): Flaw =>
    flaw({ code: 'E_CHUNK', at, field, found: String(found), allowed });
  if (length === 0n || logical + length >= 1n << 64n) return wrong('length', length, 'above 0, and ending below 2^64');
  if (stripe_len === 0n) return wrong('stripe_len', stripe_len, 'above 0');
  const copies = type >> 31n ? undefined : copiesOf(Number(type), num_stripes, sub_stripes);
  if (copies === undefined) return { logical, length, profile: chunkFlags.print(type) };
  if (num_stripes === 0 || copies === 0 || num_stripes % copies !== 0)
    return wrong('num_stripes', num_stripes, `a multiple of ${copies} copies, above 0`);
  const columns: Stripe[][] = [];
  for (let s = 0; s < num_stripes; s++) {
    const stripe = btrfsStripe.read(bytes, at + FIRST_STRIPE + s * btrfsStripe.size);
    if (isFlaw(stripe)) return stripe;
    if (s % copies === 0) columns.push([]);
    columns.at(-1)!.push({ devid: stripe.devid, offset: stripe.offset });
  }
  return { logical, length, stripeLength: stripe_len, columns };
}

/** How many stripes in a row hold the same. undefined: not by arithmetic. Fact: btrfs_map_block, fs/btrfs/volumes.c. */
function copiesOf(type: number, stripes: number, subStripes: number): number | undefined {
  switch (type & ~(ChunkFlag.DATA | ChunkFlag.SYSTEM | ChunkFlag.METADATA)) {
    case 0:
    case ChunkFlag.RAID0:
      return 1;
    case ChunkFlag.RAID1:
    case ChunkFlag.RAID1C3:
    case ChunkFlag.RAID1C4:
    case ChunkFlag.DUP:
      return stripes;
    case ChunkFlag.RAID10:
      return subStripes;
    default:
      return undefined;
  }
}
