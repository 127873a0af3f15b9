import { struct } from './struct.ts';
import { negativeErrno, resent, unused } from './words.ts';
import { opcodes } from './opcodes.ts';

/** `struct fuse_in_header`, 40 bytes. Fact: include/uapi/linux/fuse.h. */
export const inHeader = struct('fuse_in_header', [
  ['len', 'u32', 'bytes of the whole request, this header included'],
  ['opcode', 'u32', 'what is asked', opcodes],
  ['unique', 'u64', 'the reply says it again; bit 63: the request was sent before', resent],
  ['nodeid', 'u64', 'the node it is about; 1 is the root'],
  ['uid', 'u32', 'user of the caller'],
  ['gid', 'u32', 'group of the caller'],
  ['pid', 'u32', 'process of the caller; 0: the kernel itself'],
  ['total_extlen', 'u16', 'extensions at the end, in units of 8 bytes'],
  unused('padding', 'u16'),
]);

/** `struct fuse_out_header`, 16 bytes. Fact: include/uapi/linux/fuse.h. */
export const outHeader = struct('fuse_out_header', [
  ['len', 'u32', 'bytes of the whole reply, this header included'],
  ['error', 's32', '0 or a negative errno; in a notification its code', negativeErrno],
  ['unique', 'u64', 'that of the request; 0: a notification'],
]);
