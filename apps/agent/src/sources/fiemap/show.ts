import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { errorCode, refused, type Refused, sayError } from '../../host/index.ts';
import { errnoName, fiemapFlags, FiemapFlag } from '@mapscope/shared/wire';
import { blockDeviceOf } from './device.ts';
import { type FileExtent, fiemapOf } from './fiemap.ts';

/** What `mapscope show FILE --json` prints; numbers of 64 bits are decimal strings. */
export interface ShownFile {
  readonly file: string;
  readonly size: string;
  readonly extents: readonly ShownRange[];
  readonly layouts: readonly never[];
}

interface ShownRange {
  readonly offset: string;
  readonly length: string;
  /** Bytes on `device`; null where there is none, or it is not a place on one device. */
  readonly addr: string | null;
  /** A path that can be opened. */
  readonly device: string | null;
  readonly type: 'HOLE' | 'DELALLOC' | 'MAPPED' | 'UNWRITTEN' | 'INLINE' | 'UNKNOWN';
  /** Names of `fiemapFlags`. */
  readonly flags: readonly string[];
}

/** The extents of a regular file now, as its filesystem reports them. Nothing is written back for it: what waits for a place is DELALLOC. Throws `Refused`. */
export function showByFiemap(file: string): ShownFile {
  const fd = open(file);
  try {
    const { dev, size, isRegular } = look(fd);
    if (!isRegular) throw notShown(file, 'is not a regular file', 'Name a file.');
    const extents = fiemapOf(fd);
    if (typeof extents === 'number') throw unanswered(file, -extents);
    const device = blockDeviceOf(dev) ?? null;
    return { file, size: String(size), extents: [...withHoles(extents, size, device)], layouts: [] };
  } finally {
    closeSync(fd);
  }
}

/** Extents in order, and between them and up to the size what FIEMAP leaves out. */
function* withHoles(extents: readonly FileExtent[], size: bigint, device: string | null): Generator<ShownRange> {
  let at = 0n;
  for (const extent of extents) {
    if (extent.offset > at) yield hole(at, extent.offset);
    yield shown(extent, device);
    at = extent.offset + extent.length;
  }
  if (at < size) yield hole(at, size);
}

const hole = (from: bigint, to: bigint): ShownRange => ({
  offset: String(from),
  length: String(to - from),
  addr: null,
  device: null,
  type: 'HOLE',
  flags: [],
});

function shown({ offset, length, addr, flags }: FileExtent, device: string | null): ShownRange {
  const type = typeOf(flags),
    isPlaced = device !== null && (type === 'MAPPED' || type === 'UNWRITTEN');
  return {
    offset: String(offset),
    length: String(length),
    addr: isPlaced ? String(addr) : null,
    device: isPlaced ? device : null,
    type,
    flags: fiemapFlags.names(flags),
  };
}

function typeOf(flags: number): ShownRange['type'] {
  if ((flags & FiemapFlag.DELALLOC) !== 0) return 'DELALLOC';
  if ((flags & FiemapFlag.DATA_INLINE) !== 0) return 'INLINE';
  if ((flags & FiemapFlag.UNKNOWN) !== 0) return 'UNKNOWN';
  return (flags & FiemapFlag.UNWRITTEN) !== 0 ? 'UNWRITTEN' : 'MAPPED';
}

function look(fd: number): { dev: bigint; size: bigint; isRegular: boolean } {
  const found = fstatSync(fd, { bigint: true });
  return { dev: found.dev, size: found.size, isRegular: found.isFile() };
}

function open(file: string): number {
  try {
    // Without O_NONBLOCK a named pipe would keep us until somebody writes.
    return openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT') throw notShown(file, 'does not exist', 'Name a file.', error);
    if (code === 'EACCES') throw notShown(file, 'may not be opened for reading', 'Run it as somebody who may read the file.', error);
    throw notShown(file, `cannot be opened: ${sayError(error)}`, 'Name a file that can be read.', error);
  }
}

const EOPNOTSUPP = 95;
const ENOTTY = 25;

const unanswered = (file: string, errno: number): Refused =>
  errno === EOPNOTSUPP || errno === ENOTTY
    ? notShown(
        file,
        'lies on a filesystem without FIEMAP',
        'ext4, XFS, btrfs and f2fs have it; a file on a mount of mapscope is asked of its agent, which must be running.',
      )
    : notShown(file, `cannot be mapped: ${errnoName(errno)}`, 'Try again.');

const notShown = (file: string, why: string, help: string, cause?: unknown): Refused => refused('E_FILE', `${file} ${why}`, help, cause);
