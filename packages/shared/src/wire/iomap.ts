import { struct } from './struct.ts';

/** `struct fuse_iomap_io`, 32 bytes. Fact: fuse-iomap patch 04/25. */
export const iomapIo = struct('fuse_iomap_io', [
  ['offset', 'u64', 'file offset, bytes'],
  ['length', 'u64', 'bytes'],
  ['addr', 'u64', 'device offset, bytes; ~0 = none'],
  ['type', 'u16', 'mapping type'],
  ['flags', 'u16', 'F flags'],
  ['dev', 'u32', 'device cookie; 0 = none'],
]);

/** `struct fuse_iomap_begin_in`, 32 bytes. Fact: fuse-iomap patch 04/25. */
export const iomapBeginIn = struct('fuse_iomap_begin_in', [
  ['opflags', 'u32', 'OP flags'],
  ['reserved', 'u32', 'zero'],
  ['attr_ino', 'u64', 'attr.ino the server reported'],
  ['pos', 'u64', 'file position, bytes'],
  ['count', 'u64', 'operation length, bytes'],
]);

/** `struct fuse_iomap_begin_out`, 64 bytes. Fact: fuse-iomap patch 04/25. */
export const iomapBeginOut = struct('fuse_iomap_begin_out', [
  ['read', iomapIo, 'where to read from'],
  ['write', iomapIo, 'where to write to'],
]);

/** `struct fuse_iomap_end_in`, 72 bytes. Fact: fuse-iomap patch 04/25. */
export const iomapEndIn = struct('fuse_iomap_end_in', [
  ['opflags', 'u32', 'OP flags'],
  ['reserved', 'u32', 'zero'],
  ['attr_ino', 'u64', 'attr.ino the server reported'],
  ['pos', 'u64', 'file position, bytes'],
  ['count', 'u64', 'operation length, bytes'],
  ['written', 's64', 'bytes processed, or -errno'],
  ['map', iomapIo, 'mapping the kernel acted upon'],
]);
