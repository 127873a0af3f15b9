import type { Begin, BeginReply } from '@mapscope/fuse';
import { MapType } from '@mapscope/shared/trace';
import { Errno, isWriteLike, MapFlag, OpFlag } from '@mapscope/shared/wire';
import type { FileInode } from './inode.ts';
import { fitsInline, spill } from './inline.ts';
import { around, part, toMapping } from './mapping.ts';
import type { Stretched } from './mapping.ts';
import { place } from './placement.ts';
import { MAX_BYTES } from './resize.ts';
import { OPEN_END } from './run-map.ts';
import type { Store } from './store.ts';

/** Where the bytes are; where new ones go, if elsewhere; `flags` of the one that a write acts upon. */
interface Answered {
  readonly read: Stretched;
  readonly write?: Stretched;
  readonly flags?: number;
}

/** The blocks of an operation: [first, end). */
interface Blocks {
  readonly first: number;
  readonly end: number;
}

/**
 * Where the bytes at `pos` are, and where new ones go (spec/protocol.md 4.1, 4.3). A write into a hole gets UNWRITTEN blocks, which the
 * end turns into MAPPED: until then nobody, also not after a crash, can read what lay there before.
 */
export function begin(store: Store, file: FileInode, request: Begin): BeginReply | number {
  const { geometry } = store.volume,
    size = BigInt(geometry.blockSize),
    { pos, count, opflags } = request;
  if (pos >= MAX_BYTES) return isWriteLike(opflags) ? -Errno.EFBIG : -Errno.EINVAL;
  const first = Number(pos / size),
    end = Math.min(Math.max(first + 1, Number((pos + count + size - 1n) / size)), OPEN_END);
  const isRead = !isWriteLike(opflags) || opflags & OpFlag.REPORT;
  const answered = isRead ? { read: around(file, first) } : beginWrite(store, file, request, { first, end });
  if (typeof answered === 'number') return answered;
  const { read, write, flags = 0 } = answered;
  return write ? { read: toMapping(read, geometry), write: toMapping(write, geometry, flags) } : { read: toMapping(read, geometry, flags) };
}

function beginWrite(store: Store, file: FileInode, request: Begin, blocks: Blocks): Answered | number {
  const { opflags } = request;
  // The images are plain files: no persistent memory to store to, no promise that a write is one.
  if (opflags & (OpFlag.DAX | OpFlag.ATOMIC)) return -Errno.EOPNOTSUPP;
  if (opflags & OpFlag.OVERWRITE_ONLY && !isOverwrite(store, file, request, blocks)) return -Errno.EAGAIN;
  // What went through the page cache brings its mtime by setattr.
  if (opflags & OpFlag.WRITE) stamp(store, file);

  const isTiny = mayBeInline(file, request);
  if (!isTiny) {
    const failed = spill(store, file);
    if (failed < 0) return failed;
  }
  const read = around(file, blocks.first);
  if (read.type === MapType.INLINE) return { read };
  if (opflags & OpFlag.ZERO) return { read, flags: read.type === MapType.MAPPED ? endOfWrite(store, read) : 0 };
  if (read.place || opflags & OpFlag.UNSHARE) return { read, flags: endOfWrite(store, read) };
  if (isTiny) return { read, write: { from: 0, to: 1, type: MapType.INLINE } };
  const isCached = !(opflags & (OpFlag.DIRECT | OpFlag.WRITEBACK));
  if (isCached && read.type === MapType.DELALLOC) return { read };
  // A row of strips has its place by arithmetic: there is nothing to choose later.
  if (isCached && file.layout.kind !== 'interleave') return delay(store, file, read, blocks);
  return choose(store, file, read, blocks);
}

/** Promise space, and leave the place open until the bytes leave the engine. */
function delay({ volume }: Store, file: FileInode, read: Stretched, { first, end }: Blocks): Answered | number {
  const to = Math.min(end, read.to, first + volume.available);
  if (to <= first) return -Errno.ENOSPC;
  volume.reserve(file, first, to);
  return { read, write: { from: first, to, type: MapType.DELALLOC }, flags: MapFlag.NEW };
}

function choose(store: Store, file: FileInode, read: Stretched, { first, end }: Blocks): Answered | number {
  const to = place(store, file, first, Math.min(end, read.to));
  return to < 0 ? to : { read, write: part(around(file, first), first, to), flags: MapFlag.NEW | MapFlag.WANT_IOMAP_END };
}

/**
 * UNWRITTEN blocks need the end to become MAPPED. In a volume that is kept each write to a device needs it: which device to sync is
 * known for sure only when the bytes are there.
 */
const endOfWrite = (store: Store, { type, place }: Stretched): number =>
  type === MapType.UNWRITTEN || (place && store.isKept) ? MapFlag.WANT_IOMAP_END : 0;

/** INLINE needs an operation that can put bytes there: not writeback, not a page that will be stored to (spec/protocol.md 4.3). */
function mayBeInline(file: FileInode, { pos, count, opflags }: Begin): boolean {
  if (opflags & (OpFlag.WRITEBACK | OpFlag.FAULT)) return false;
  // Zeroes past the end of the bytes change nothing.
  return fitsInline(file, opflags & OpFlag.ZERO ? 0n : pos + count);
}

/** One written extent over the whole range, or an unwritten one over whole blocks (spec/protocol.md 4.3). */
function isOverwrite({ volume }: Store, file: FileInode, { pos, count }: Begin, { first, end }: Blocks): boolean {
  const { type, place, to } = around(file, first),
    size = BigInt(volume.geometry.blockSize);
  return place !== undefined && to >= end && (type === MapType.MAPPED || (pos % size === 0n && count % size === 0n));
}

function stamp(store: Store, file: FileInode): void {
  const now = store.now();
  store.volume.set(file, { mtimeNs: now, ctimeNs: now });
}
