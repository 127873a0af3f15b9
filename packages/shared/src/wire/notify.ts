import { invalEntryFlags } from './bits-classic.ts';
import { struct } from './struct.ts';
import { unused, type Words } from './words.ts';

const attributesOnly: Words = { print: (value) => (value < 0 ? 'attributes only' : '') };
const toTheEnd: Words = { print: (value) => (value <= 0 ? 'to the end' : '') };

/** `struct fuse_notify_poll_wakeup_out`, 8 bytes. Fact: include/uapi/linux/fuse.h. */
export const notifyPollWakeupOut = struct('fuse_notify_poll_wakeup_out', [['kh', 'u64', 'the kernel’s number of the poll']]);

/** `struct fuse_notify_inval_inode_out`, 24 bytes. Fact: include/uapi/linux/fuse.h. */
export const notifyInvalInodeOut = struct('fuse_notify_inval_inode_out', [
  ['ino', 'u64', 'the node (its nodeid)'],
  ['off', 's64', 'where to begin, bytes; negative: only the attributes', attributesOnly],
  ['len', 's64', 'how far, bytes; 0 or negative: to the end', toTheEnd],
]);

/** `struct fuse_notify_inval_entry_out`, 16 bytes; the name with a NUL follows. Fact: include/uapi/linux/fuse.h. */
export const notifyInvalEntryOut = struct('fuse_notify_inval_entry_out', [
  ['parent', 'u64', 'the directory'],
  ['namelen', 'u32', 'bytes of the name, without its NUL'],
  ['flags', 'u32', 'what to do', invalEntryFlags],
]);

/** `struct fuse_notify_delete_out`, 24 bytes; the name with a NUL follows. Fact: include/uapi/linux/fuse.h. */
export const notifyDeleteOut = struct('fuse_notify_delete_out', [
  ['parent', 'u64', 'the directory'],
  ['child', 'u64', 'the node that had the name'],
  ['namelen', 'u32', 'bytes of the name, without its NUL'],
  unused('padding', 'u32'),
]);

/** `struct fuse_notify_store_out`, 24 bytes; the data follows. Fact: include/uapi/linux/fuse.h. */
export const notifyStoreOut = struct('fuse_notify_store_out', [
  ['nodeid', 'u64', 'the file'],
  ['offset', 'u64', 'where to begin, bytes'],
  ['size', 'u32', 'how many bytes follow'],
  unused('padding', 'u32'),
]);

/** `struct fuse_notify_retrieve_out`, 32 bytes. Fact: include/uapi/linux/fuse.h. */
export const notifyRetrieveOut = struct('fuse_notify_retrieve_out', [
  ['notify_unique', 'u64', 'the answer says it again'],
  ['nodeid', 'u64', 'the file'],
  ['offset', 'u64', 'where to begin, bytes'],
  ['size', 'u32', 'how much, bytes'],
  unused('padding', 'u32'),
]);

/** `struct fuse_notify_retrieve_in`, 40 bytes: argument of NOTIFY_REPLY; the data follows. Fact: include/uapi/linux/fuse.h. */
export const notifyRetrieveIn = struct('fuse_notify_retrieve_in', [
  unused('dummy1', 'u64'),
  ['offset', 'u64', 'where it begins, bytes'],
  ['size', 'u32', 'how many bytes follow'],
  unused('dummy2', 'u32'),
  unused('dummy3', 'u64'),
  unused('dummy4', 'u64'),
]);

/** `struct fuse_notify_prune_out`, 16 bytes; the nodeids follow, 8 bytes each. Fact: include/uapi/linux/fuse.h 7.45. */
export const notifyPruneOut = struct('fuse_notify_prune_out', [
  ['count', 'u32', 'how many nodes follow'],
  unused('padding', 'u32'),
  unused('spare', 'u64'),
]);
