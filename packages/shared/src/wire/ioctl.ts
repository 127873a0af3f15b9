import { struct } from './struct.ts';

/** `struct fiemap_extent`, 56 bytes. Fact: include/uapi/linux/fiemap.h. */
export const fiemapExtent = struct('fiemap_extent', [
  ['fe_logical', 'u64'],
  ['fe_physical', 'u64'],
  ['fe_length', 'u64'],
  ['fe_reserved64', { chars: 16 }],
  ['fe_flags', 'u32'],
  ['fe_reserved', { chars: 12 }],
]);

/** `struct fiemap`, 32 bytes. Fact: include/uapi/linux/fiemap.h. */
export const fiemap = struct('fiemap', [
  ['fm_start', 'u64'],
  ['fm_length', 'u64'],
  ['fm_flags', 'u32'],
  ['fm_mapped_extents', 'u32', 'out'],
  ['fm_extent_count', 'u32', 'in: room in the array'],
  ['fm_reserved', 'u32'],
]);

/** `struct fsmap`, 64 bytes. Fact: include/uapi/linux/fsmap.h. */
export const fsmap = struct('fsmap', [
  ['fmr_device', 'u32'],
  ['fmr_flags', 'u32'],
  ['fmr_physical', 'u64'],
  ['fmr_owner', 'u64'],
  ['fmr_offset', 'u64'],
  ['fmr_length', 'u64'],
  ['fmr_reserved', { chars: 24 }],
]);

/** `struct fsmap_head`, 192 bytes. Fact: include/uapi/linux/fsmap.h. */
export const fsmapHead = struct('fsmap_head', [
  ['fmh_iflags', 'u32'],
  ['fmh_oflags', 'u32'],
  ['fmh_count', 'u32', 'in: room in the array'],
  ['fmh_entries', 'u32', 'out'],
  ['fmh_reserved', { chars: 48 }],
  ['low', fsmap, 'lowest record wanted'],
  ['high', fsmap, 'highest record wanted'],
]);
