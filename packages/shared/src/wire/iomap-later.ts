import { configFlags, ioendFlags } from './bits-iomap.ts';

import { chars, list } from './fields.ts';
import { iomapIo } from './iomap.ts';
import { struct } from './struct.ts';
import { address, deviceCookie, lengthOrAll, negativeErrno, rawBytes, unused } from './words.ts';

/** `struct fuse_range`, 16 bytes. Fact: fuse-iomap, later revisions; not in a released kernel. */
export const range = struct('fuse_range', [
  ['offset', 'u64', 'where it begins, bytes'],
  ['length', 'u64', 'how long it is, bytes; all ones: to the end, 0: nothing is meant', lengthOrAll],
]);

/** `struct fuse_iomap_ioend_in`, 48 bytes. Fact: fuse-iomap, later revisions; not in a released kernel. */
export const iomapIoendIn = struct('fuse_iomap_ioend_in', [
  ['flags', 'u32', 'what kind of I/O ended', ioendFlags],
  ['error', 's32', '0 or a negative errno', negativeErrno],
  ['attr_ino', 'u64', 'attr.ino that the server gave the file'],
  ['pos', 'u64', 'where it began in the file, bytes'],
  ['new_addr', 'u64', 'where it went on the device, bytes; all ones: nowhere', address],
  ['written', 'u64', 'how much was written, bytes'],
  ['dev', 'u32', 'cookie of the device; 0: none', deviceCookie],
  unused('pad', 'u32'),
]);

/** `struct fuse_iomap_ioend_out`, 8 bytes. Fact: fuse-iomap, later revisions; not in a released kernel. */
export const iomapIoendOut = struct('fuse_iomap_ioend_out', [['newsize', 'u64', 'size of the file now, bytes']]);

/** `struct fuse_iomap_config_in`, 64 bytes. Fact: fuse-iomap, later revisions; not in a released kernel. */
export const iomapConfigIn = struct('fuse_iomap_config_in', [
  ['flags', 'u64', 'fields that the kernel understands in the reply', configFlags],
  ['maxbytes', 's64', 'largest file size of the kernel, bytes'],
  unused('padding', list('u64', 6)),
]);

/** `struct fuse_iomap_config_out`, 96 bytes. Fact: fuse-iomap, later revisions; not in a released kernel. */
export const iomapConfigOut = struct('fuse_iomap_config_out', [
  ['flags', 'u64', 'which of the fields count', configFlags],
  ['s_id', chars(32), 'name of the filesystem in messages, NUL-terminated'],
  ['s_uuid', chars(16), 'UUID of the filesystem', rawBytes],
  ['s_uuid_len', 'u8', 'bytes of the UUID'],
  unused('s_pad', list('u8', 3)),
  ['s_blocksize', 'u32', 'bytes of a block'],
  ['s_max_links', 'u32', 'most names of a node'],
  ['s_time_gran', 'u32', 'smallest step of a time, ns'],
  ['s_time_min', 's64', 'earliest time, seconds since 1970'],
  ['s_time_max', 's64', 'latest time, seconds since 1970'],
  ['s_maxbytes', 's64', 'largest file size, bytes'],
]);

/** `struct fuse_iomap_dev_inval_out`, 24 bytes. Fact: fuse-iomap, later revisions; not in a released kernel. */
export const iomapDevInvalOut = struct('fuse_iomap_dev_inval_out', [
  ['dev', 'u32', 'cookie of the device', deviceCookie],
  unused('reserved', 'u32'),
  ['range', range, 'which part of the device'],
]);

/** `struct fuse_iomap_inval_mappings_out`, 48 bytes. Fact: fuse-iomap, later revisions; not in a released kernel. */
export const iomapInvalMappingsOut = struct('fuse_iomap_inval_mappings_out', [
  ['nodeid', 'u64', 'the file'],
  ['attr_ino', 'u64', 'attr.ino that the server gave it'],
  ['read', range, 'which read mappings to drop'],
  ['write', range, 'which write mappings to drop'],
]);

/** `struct fuse_iomap_upsert_mappings_out`, 80 bytes. Fact: fuse-iomap, later revisions; not in a released kernel. */
export const iomapUpsertMappingsOut = struct('fuse_iomap_upsert_mappings_out', [
  ['nodeid', 'u64', 'the file'],
  ['attr_ino', 'u64', 'attr.ino that the server gave it'],
  ['read', iomapIo, 'read mapping to keep; NOCACHE: leave that side alone'],
  ['write', iomapIo, 'write mapping to keep; NOCACHE: leave that side alone'],
]);
