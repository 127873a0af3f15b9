import { struct } from './struct.ts';

/** `struct fuse_in_header`, 40 bytes. Fact: include/uapi/linux/fuse.h. */
export const inHeader = struct('fuse_in_header', [
  ['len', 'u32', 'whole request incl. this header'],
  ['opcode', 'u32'],
  ['unique', 'u64', 'echo in the reply; bit 63 = resend'],
  ['nodeid', 'u64'],
  ['uid', 'u32'],
  ['gid', 'u32'],
  ['pid', 'u32'],
  ['total_extlen', 'u16', 'trailing extensions, in 8-byte units'],
  ['padding', 'u16'],
]);

/** `struct fuse_out_header`, 16 bytes. Fact: include/uapi/linux/fuse.h. */
export const outHeader = struct('fuse_out_header', [
  ['len', 'u32', 'whole reply incl. this header'],
  ['error', 's32', '0 or -errno; notify: code > 0'],
  ['unique', 'u64', "request's unique; 0 = notification"],
]);
