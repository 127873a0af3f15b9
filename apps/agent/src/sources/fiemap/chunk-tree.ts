import { statSync } from 'node:fs';
import { btrfsDevice, btrfsFeatures, searchTree } from '@mapscope/native';
import { isFlaw, sayFlaw, U64_MAX, utf8Text } from '@mapscope/shared/units';
import {
  btrfsDeviceInfo,
  btrfsSearch,
  type Chunk,
  CHUNK_TREE,
  ChunkMap,
  Errno,
  errnoName,
  type OpaqueChunk,
  readChunks,
} from '@mapscope/shared/wire';
import { type Addressing, type Logical, logical, type Piece, type Unplaced } from './places.ts';

/** Room for some 600 chunks, a chunk a GiB. */
const ROOM = 1 << 16;
/** A filesystem of 1 PiB has as many. */
const MOST_CHUNKS = 1 << 20;
/** Stripes of 64 KiB that one extent may go through. Extents of btrfs end at 128 MiB: 2048. */
const MOST_STRIPES = 1 << 14;

/**
 * Incompat features under which the chunk tree alone says where data is: all up to RAID1C34 and ZONED, and SIMPLE_QUOTA. Not EXTENT_TREE_V2 (13), RAID_STRIPE_TREE
 * (14) or later ones. Fact: BTRFS_FEATURE_INCOMPAT_*, include/uapi/linux/btrfs.h.
 */
const PLAIN = 0x1fffn | (1n << 16n);

/** The chunk tree of a btrfs now, for `addressingOf`; or why its addresses stay logical. A balance changes it: ask again. */
export async function readChunkTree(fd: number): Promise<Addressing> {
  const features = btrfsFeatures(fd);
  if (typeof features === 'number') return unread(features);
  if ((features & ~PLAIN) !== 0n)
    return logical(`this btrfs has features (0x${(features & ~PLAIN).toString(16)}) that put data where the chunk tree does not say`, '');
  const chunks: (Chunk | OpaqueChunk)[] = [];
  const room = new Uint8Array(ROOM);
  for (let next = 0n; chunks.length < MOST_CHUNKS;) {
    btrfsSearch.write({ key: keyFrom(next) }, room);
    const count = await searchTree(fd, room);
    if (count < 0) return unread(count);
    if (count === 0) return placesIn(fd, new ChunkMap(chunks));
    const found = readChunks(room, count);
    if (isFlaw(found)) return logical(`the chunk tree cannot be read (${sayFlaw(found)})`, '');
    chunks.push(...found.chunks);
    // Keys ascend: what does not go on has ended.
    if (found.next <= next) break;
    next = found.next;
  }
  return placesIn(fd, new ChunkMap(chunks));
}

const NONE = { unused: 0, unused1: 0n, unused2: 0n, unused3: 0n, unused4: 0n } as const;
const keyFrom = (offset: bigint) => ({
  ...NONE,
  tree_id: CHUNK_TREE.tree,
  min_objectid: CHUNK_TREE.objectid,
  max_objectid: CHUNK_TREE.objectid,
  min_offset: offset,
  max_offset: U64_MAX,
  min_transid: 0n,
  max_transid: U64_MAX,
  min_type: CHUNK_TREE.itemType,
  max_type: CHUNK_TREE.itemType,
  nr_items: 0xffff_ffff,
});

const unread = (errno: number): Logical =>
  errno === -Errno.EPERM
    ? logical('the chunk tree of btrfs, which says where they are, may be read by root only', 'Run it as root: sudo npx mapscope show FILE')
    : logical(`the chunk tree of btrfs cannot be read (${errnoName(errno)})`, '');

function placesIn(fd: number, map: ChunkMap): Addressing {
  const paths = new Map<bigint, string | null>();
  const path = (devid: bigint): string | null => {
    const known = paths.get(devid);
    if (known !== undefined) return known;
    const found = devicePath(fd, devid);
    paths.set(devid, found);
    return found;
  };
  const unplaced = (addr: bigint): Unplaced => {
    const profile = map.opaque(addr);
    return profile === undefined
      ? { why: 'the chunk tree has no chunk for them any more, as while it is balanced', isPassing: true }
      : { why: `their chunk is ${profile}, which arithmetic does not follow`, isPassing: false };
  };
  return {
    kind: 'chunks',
    pieces: (addr, length) =>
      map.pieces(addr, length, MOST_STRIPES)?.map(({ length, copies }): Piece => ({
        length,
        places: copies.map(({ devid, offset }) => ({ device: path(devid), addr: offset })),
      })) ?? unplaced(addr),
  };
}

/** null: the device is missing, or has no node here. */
function devicePath(fd: number, devid: bigint): string | null {
  const room = btrfsDeviceInfo.encode({ devid });
  if (btrfsDevice(fd, room) < 0) return null;
  const info = btrfsDeviceInfo.read(room);
  if (isFlaw(info)) return null;
  const end = info.path.indexOf(0),
    path = utf8Text(end < 0 ? info.path : info.path.subarray(0, end));
  return path !== '' && statSync(path, { throwIfNoEntry: false })?.isBlockDevice() === true ? path : null;
}
