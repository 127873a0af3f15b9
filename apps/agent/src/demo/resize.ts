import { Errno, FallocFlag } from '@mapscope/shared/wire';
import { fitsInline, resizeInline, spill, zeroInline } from './inline.ts';
import { noteChanged } from './inode.ts';
import type { FileInode } from './inode.ts';
import { place } from './placement.ts';
import { shapeOf } from './rows.ts';
import { OPEN_END } from './run-map.ts';
import type { Store } from './store.ts';

/** The largest file: what the VFS allows. */
export const MAX_BYTES = 0x7fff_ffff_ffff_ffffn;

/** A new size. Blocks past it go, space that was promised or preallocated there too. 0 or a negative errno. */
export function setSize(store: Store, file: FileInode, size: bigint): number {
  if (size > MAX_BYTES) return -Errno.EFBIG;
  if (file.body.inline) {
    if (fitsInline(file, size)) resizeInline(store, file, Number(size));
    else {
      const failed = spill(store, file);
      if (failed < 0) return failed;
    }
  }
  const { map } = file.body,
    blockSize = BigInt(store.volume.geometry.blockSize),
    up = (at: bigint): number => Number((at + blockSize - 1n) / blockSize);
  if (size <= file.size) {
    // Between the two sizes whoever asks looks by himself; what was preallocated behind them he does not know of.
    noteChanged(file, up(file.size), map.run(map.length - 1)?.to ?? 0);
    giveBack(store, file, up(size), OPEN_END);
  }
  store.volume.set(file, { size });
  return 0;
}

interface Blocks {
  readonly from: number;
  readonly to: number;
}

/** The range in bytes, and its blocks: those that it touches, and those wholly in it. */
interface Span {
  readonly offset: bigint;
  readonly end: bigint;
  readonly outer: Blocks;
  readonly inner: Blocks;
}

/** fallocate(2) with the modes a FUSE mount passes. Edges of what is punched or zeroed are zeroes already. */
export function fallocate(store: Store, file: FileInode, mode: number, offset: bigint, length: bigint): number {
  const keepsSize = (mode & FallocFlag.KEEP_SIZE) !== 0,
    kind = mode & ~FallocFlag.KEEP_SIZE,
    end = offset + length;
  if (length <= 0n) return -Errno.EINVAL;
  if (end > MAX_BYTES) return -Errno.EFBIG;
  const span = spanOf(offset, end, BigInt(store.volume.geometry.blockSize));
  let failed: number;
  if (kind === FallocFlag.PUNCH_HOLE && keepsSize) failed = punch(store, file, span);
  else if (kind === FallocFlag.ZERO_RANGE) failed = zero(store, file, span);
  else if (kind === 0) failed = allocate(store, file, span);
  else return -Errno.EOPNOTSUPP;
  if (failed < 0) return failed;
  const now = store.now();
  store.volume.set(file, { mtimeNs: now, ctimeNs: now, ...(!keepsSize && end > file.size && { size: end }) });
  return 0;
}

function spanOf(offset: bigint, end: bigint, size: bigint): Span {
  const outer = { from: Number(offset / size), to: Number((end + size - 1n) / size) };
  const inner = { from: Number((offset + size - 1n) / size), to: Number(end / size) };
  return { offset, end, outer, inner };
}

/** UNWRITTEN blocks for each hole; all of them or none. What is delayed has its space already. */
function allocate(store: Store, file: FileInode, { outer: { from, to } }: Span): number {
  const failed = spill(store, file),
    { volume } = store,
    { map, delayed } = file.body;
  if (failed < 0) return failed;
  const holes = map.gaps(from, to).flatMap((gap) => delayed.gaps(gap.from, gap.to));
  if (holes.reduce((sum, hole) => sum + hole.to - hole.from, 0) > volume.available) return -Errno.ENOSPC;
  const given: Blocks[] = [];
  for (const hole of holes)
    for (let block = hole.from; block < hole.to;) {
      const end = map.find(block)?.to ?? place(store, file, block, hole.to);
      if (end < 0) {
        for (const run of given) volume.apply({ do: 'unmap', ino: file.ino, ...rowsOf(store, file, run) });
        return end;
      }
      given.push({ from: block, to: end });
      block = end;
    }
  return 0;
}

function punch(store: Store, file: FileInode, { offset, end, inner }: Span): number {
  if (file.body.inline) zeroInline(store, file, offset, end);
  else giveBack(store, file, inner.from, inner.to);
  return 0;
}

/** Reads as zeroes and has its space: written blocks become UNWRITTEN where they are. */
function zero(store: Store, file: FileInode, span: Span): number {
  const { inner } = span,
    { volume } = store;
  if (file.body.inline) zeroInline(store, file, span.offset, span.end);
  const failed = allocate(store, file, span);
  if (failed < 0 || inner.from >= inner.to) return failed;
  // Bytes that waited for a place in whole blocks are dropped: those blocks are holes again, and get theirs now.
  volume.unreserve(file, inner.from, inner.to);
  volume.apply({ do: 'unwritten', ino: file.ino, from: inner.from, to: inner.to });
  return allocate(store, file, span);
}

/** Take blocks [from, to) from the file. Of strips only whole rows go, the rest of a row becomes UNWRITTEN. */
function giveBack(store: Store, file: FileInode, from: number, to: number): void {
  if (from >= to) return;
  const { volume } = store,
    { ino } = file,
    shape = shapeOf(file, volume);
  volume.unreserve(file, from, to);
  if (shape) {
    volume.apply({ do: 'unwritten', ino, from, to });
    const rows = { from: Math.ceil(from / shape.row) * shape.row, to: Math.floor(to / shape.row) * shape.row };
    if (rows.from < rows.to) volume.apply({ do: 'unmap', ino, ...rows });
  } else volume.apply({ do: 'unmap', ino, from, to });
}

/** The rows that the blocks of a striped file lie in; of any other file the blocks. */
function rowsOf({ volume }: Store, file: FileInode, { from, to }: Blocks): Blocks {
  const row = shapeOf(file, volume)?.row ?? 1;
  return { from: Math.floor(from / row) * row, to: Math.ceil(to / row) * row };
}
