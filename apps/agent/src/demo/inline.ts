import { Errno } from '@mapscope/shared/wire';
import { saveBytes } from './change.ts';
import { noteChanged } from './inode.ts';
import type { FileInode } from './inode.ts';
import { INLINE_BYTES } from './layout.ts';
import { place } from './placement.ts';
import type { Store } from './store.ts';

/** Whether the file keeps its bytes with the inode, or could if they ended at `end`. */
export const fitsInline = (file: FileInode, end: bigint): boolean =>
  file.layout.kind === 'inline' &&
  end <= BigInt(INLINE_BYTES) &&
  file.size <= BigInt(INLINE_BYTES) &&
  file.body.map.blocks === 0 &&
  file.body.delayed.blocks === 0;

/** Bytes read; 0 past what was written. */
export function readInline(file: FileInode, pos: bigint, into: Uint8Array): number {
  const bytes = file.body.inline,
    from = Number(pos);
  if (!bytes || from >= bytes.length) return 0;
  const part = bytes.subarray(from, from + into.length);
  into.set(part);
  return part.length;
}

/**
 * Bytes taken: all, or a negative errno. Zeroes past INLINE_BYTES are taken and kept nowhere, since an edge is zeroed to the end of its
 * block; the size grows by `extended` alone.
 */
export function writeInline({ volume }: Store, file: FileInode, pos: bigint, data: Uint8Array): number {
  const from = Number(pos),
    fits = data.subarray(0, Math.max(0, INLINE_BYTES - from));
  if (data.subarray(fits.length).some((byte) => byte !== 0)) return -Errno.EFBIG;
  const bytes = new Uint8Array(Math.max(file.body.inline?.length ?? 0, from + fits.length));
  if (file.body.inline) bytes.set(file.body.inline);
  bytes.set(fits, from);
  keep(volume, file, bytes);
  return data.length;
}

/** Cut the bytes at the new size; growing adds none, what is missing reads as zeroes. */
export function resizeInline({ volume }: Store, file: FileInode, size: number): void {
  const known = Math.min(size, Number(file.size));
  keep(volume, file, size === 0 ? undefined : file.body.inline!.slice(0, known));
}

export function zeroInline({ volume }: Store, file: FileInode, from: bigint, to: bigint): void {
  const bytes = file.body.inline!.slice(),
    length = BigInt(bytes.length);
  if (from >= length) return;
  bytes.fill(0, Number(from), Number(to < length ? to : length));
  keep(volume, file, bytes);
}

/** Move the bytes to a block of their own: what comes next does not fit, or needs a place. 0 or a negative errno. */
export function spill(store: Store, file: FileInode): number {
  const bytes = file.body.inline,
    { volume } = store;
  if (!bytes) return 0;
  // To find the block may take a commit: until it is there and written, the bytes stay where they are.
  const end = place(store, file, 0, 1);
  if (end < 0) return end;
  const to = file.body.map.at(0)!,
    block = new Uint8Array(volume.geometry.blockSize);
  block.set(bytes.subarray(0, Number(file.size)));
  const failed = store.images.write(to.device, to.at, block);
  if (failed < 0) {
    volume.apply({ do: 'unmap', ino: file.ino, from: 0, to: 1 });
    return failed;
  }
  volume.apply({ do: 'written', ino: file.ino, from: 0, to: 1 });
  keep(volume, file, undefined);
  noteChanged(file, 0, 1);
  return 0;
}

/**
 * The file was closed: if it is tiny and its one block holds data, keep the bytes with the inode and give the block back. Space that
 * fallocate asked for stays. Where the block can not be read the file stays as it is.
 */
export function pack(store: Store, file: FileInode): void {
  const { map, delayed } = file.body,
    { volume } = store,
    size = Number(file.size);
  if (file.layout.kind !== 'inline' || size === 0 || file.size > BigInt(INLINE_BYTES) || map.blocks !== 1 || delayed.blocks > 0) return;
  const from = map.at(0);
  if (!from || from.unwritten) return;
  const bytes = new Uint8Array(size);
  if (store.images.read(from.device, from.at, bytes) !== size) return;
  volume.apply({ do: 'unmap', ino: file.ino, from: 0, to: 1 });
  keep(volume, file, bytes);
  noteChanged(file, 0, 1);
}

function keep(volume: Store['volume'], file: FileInode, bytes: Uint8Array | undefined): void {
  volume.apply({ do: 'inline', ino: file.ino, ...(bytes && { bytes: saveBytes(bytes) }) });
}
