import { mapFlags, opFlags, wireTypes } from './bits-iomap.ts';
import { struct } from './struct.ts';
import { address, bytesOrErrno, deviceCookie } from './words.ts';

/** `struct fuse_iomap_io`, 32 bytes. Fact: fuse-iomap patch 04/25. */
export const iomapIo = struct('fuse_iomap_io', [
  ['offset', 'u64', 'where the mapping begins in the file, bytes'],
  ['length', 'u64', 'how long it is, bytes'],
  ['addr', 'u64', 'where it begins on the device, bytes; all ones: nowhere', address],
  ['type', 'u16', 'what kind of storage it is', wireTypes],
  ['flags', 'u16', 'what else is so of it', mapFlags],
  ['dev', 'u32', 'cookie of the device, counted from 1; 0: none', deviceCookie],
]);

/** `struct fuse_iomap_begin_in`, 32 bytes. Fact: fuse-iomap patch 04/25. */
export const iomapBeginIn = struct('fuse_iomap_begin_in', [
  ['opflags', 'u32', 'the operation; no bit: a buffered read', opFlags],
  ['reserved', 'u32', 'zero when sent, looked past when received'],
  ['attr_ino', 'u64', 'attr.ino that the server gave the file'],
  ['pos', 'u64', 'where the operation begins in the file, bytes'],
  ['count', 'u64', 'how long the operation is, bytes'],
]);

/** `struct fuse_iomap_begin_out`, 64 bytes. Fact: fuse-iomap patch 04/25. */
export const iomapBeginOut = struct('fuse_iomap_begin_out', [
  ['read', iomapIo, 'where the data is'],
  ['write', iomapIo, 'where new data goes'],
]);

/** `struct fuse_iomap_end_in`, 72 bytes. Fact: fuse-iomap patch 04/25. */
export const iomapEndIn = struct('fuse_iomap_end_in', [
  ['opflags', 'u32', 'those of the begin', opFlags],
  ['reserved', 'u32', 'zero when sent, looked past when received'],
  ['attr_ino', 'u64', 'attr.ino that the server gave the file'],
  ['pos', 'u64', 'that of the begin, bytes'],
  ['count', 'u64', 'how much of the mapping the operation was given, bytes'],
  ['written', 's64', 'how much was done, bytes; negative: an errno', bytesOrErrno],
  ['map', iomapIo, 'the mapping that the kernel acted upon'],
]);
