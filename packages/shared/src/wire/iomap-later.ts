import { iomapIo } from './iomap.ts';
import { struct } from './struct.ts';

/** `struct fuse_range`, 16 bytes. Fact: fuse-iomap, later revisions; not in a released kernel. */
export const range = struct('fuse_range', [
  ['offset', 'u64'],
  ['length', 'u64'],
]);

/** `struct fuse_iomap_ioend_in`, 48 bytes. Fact: fuse-iomap, later revisions; not in a released kernel. */
export const iomapIoendIn = struct('fuse_iomap_ioend_in', [
  ['flags', 'u32', 'IOEND flags'],
  ['error', 's32'],
  ['attr_ino', 'u64'],
  ['pos', 'u64'],
  ['new_addr', 'u64'],
  ['written', 'u64'],
  ['dev', 'u32'],
  ['pad', 'u32'],
]);

/** `struct fuse_iomap_ioend_out`, 8 bytes. Fact: fuse-iomap, later revisions; not in a released kernel. */
export const iomapIoendOut = struct('fuse_iomap_ioend_out', [['newsize', 'u64']]);

/** `struct fuse_iomap_config_in`, 64 bytes. Fact: fuse-iomap, later revisions; not in a released kernel. */
export const iomapConfigIn = struct('fuse_iomap_config_in', [
  ['flags', 'u64'],
  ['maxbytes', 's64'],
  ['padding', { chars: 48 }],
]);

/** `struct fuse_iomap_config_out`, 96 bytes. Fact: fuse-iomap, later revisions; not in a released kernel. */
export const iomapConfigOut = struct('fuse_iomap_config_out', [
  ['flags', 'u64'],
  ['s_id', { chars: 32 }],
  ['s_uuid', { chars: 16 }],
  ['s_uuid_len', 'u8'],
  ['s_pad', { chars: 3 }],
  ['s_blocksize', 'u32'],
  ['s_max_links', 'u32'],
  ['s_time_gran', 'u32'],
  ['s_time_min', 's64'],
  ['s_time_max', 's64'],
  ['s_maxbytes', 's64'],
]);

/** `struct fuse_iomap_dev_inval_out`, 24 bytes. Fact: fuse-iomap, later revisions; not in a released kernel. */
export const iomapDevInvalOut = struct('fuse_iomap_dev_inval_out', [
  ['dev', 'u32'],
  ['reserved', 'u32'],
  ['range', range],
]);

/** `struct fuse_iomap_inval_mappings_out`, 48 bytes. Fact: fuse-iomap, later revisions; not in a released kernel. */
export const iomapInvalMappingsOut = struct('fuse_iomap_inval_mappings_out', [
  ['nodeid', 'u64'],
  ['attr_ino', 'u64'],
  ['read', range],
  ['write', range],
]);

/** `struct fuse_iomap_upsert_mappings_out`, 80 bytes. Fact: fuse-iomap, later revisions; not in a released kernel. */
export const iomapUpsertMappingsOut = struct('fuse_iomap_upsert_mappings_out', [
  ['nodeid', 'u64'],
  ['attr_ino', 'u64'],
  ['read', iomapIo],
  ['write', iomapIo],
]);
