import { fiemapFlags, fiemapRequestFlags, fsmapFlags, fsmapHeadFlags } from './bits-ioctl.ts';
import { flexible, list } from './fields.ts';
import { struct } from './struct.ts';
import { hexadecimal, unused } from './words.ts';

/** `struct fiemap_extent`, 56 bytes. Fact: include/uapi/linux/fiemap.h. */
export const fiemapExtent = struct('fiemap_extent', [
  ['fe_logical', 'u64', 'where it begins in the file, bytes'],
  ['fe_physical', 'u64', 'where it begins on the device of the filesystem, bytes; means nothing with UNKNOWN', hexadecimal],
  ['fe_length', 'u64', 'how long it is, bytes'],
  unused('fe_reserved64', list('u64', 2)),
  ['fe_flags', 'u32', 'what is so of it', fiemapFlags],
  unused('fe_reserved', list('u32', 3)),
]);

/** `struct fiemap`, 32 bytes and the extents. Fact: include/uapi/linux/fiemap.h. */
export const fiemap = struct('fiemap', [
  ['fm_start', 'u64', 'where to begin in the file, bytes'],
  ['fm_length', 'u64', 'how far, bytes'],
  ['fm_flags', 'u32', 'how to ask; of an EBADR answer those that are not known', fiemapRequestFlags],
  ['fm_mapped_extents', 'u32', 'out: how many extents there are'],
  ['fm_extent_count', 'u32', 'in: room in the array; 0: only count'],
  unused('fm_reserved', 'u32'),
  ['fm_extents', flexible(fiemapExtent), 'the extents, in the order of the file'],
]);

/** `struct fsmap`, 64 bytes. Fact: include/uapi/linux/fsmap.h. */
export const fsmap = struct('fsmap', [
  ['fmr_device', 'u32', 'device, as the head’s oflags say', hexadecimal],
  ['fmr_flags', 'u32', 'what is so of it', fsmapFlags],
  ['fmr_physical', 'u64', 'where it begins on the device, bytes', hexadecimal],
  ['fmr_owner', 'u64', 'inode, or a code with SPECIAL_OWNER', hexadecimal],
  ['fmr_offset', 'u64', 'where it begins in the owner, bytes'],
  ['fmr_length', 'u64', 'how long it is, bytes'],
  unused('fmr_reserved', list('u64', 3)),
]);

/** `struct fsmap_head`, 192 bytes and the records. Fact: include/uapi/linux/fsmap.h. */
export const fsmapHead = struct('fsmap_head', [
  ['fmh_iflags', 'u32', 'in: zero'],
  ['fmh_oflags', 'u32', 'out: what the records say', fsmapHeadFlags],
  ['fmh_count', 'u32', 'in: room in the array; 0: only count'],
  ['fmh_entries', 'u32', 'out: how many records there are'],
  unused('fmh_reserved', list('u64', 6)),
  ['fmh_keys', list(fsmap, 2), 'lowest and highest record wanted'],
  ['fmh_recs', flexible(fsmap), 'the records, by device and place'],
]);
