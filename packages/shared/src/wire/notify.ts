import { struct } from './struct.ts';

/** `struct fuse_notify_poll_wakeup_out`, 8 bytes. Fact: include/uapi/linux/fuse.h. */
export const notifyPollWakeupOut = struct('fuse_notify_poll_wakeup_out', [['kh', 'u64']]);

/** `struct fuse_notify_inval_inode_out`, 24 bytes. Fact: include/uapi/linux/fuse.h. */
export const notifyInvalInodeOut = struct('fuse_notify_inval_inode_out', [
  ['ino', 'u64', 'nodeid'],
  ['off', 's64', '< 0: attributes only'],
  ['len', 's64', '<= 0: to the end'],
]);

/** `struct fuse_notify_inval_entry_out`, 16 bytes. Fact: include/uapi/linux/fuse.h. */
export const notifyInvalEntryOut = struct('fuse_notify_inval_entry_out', [
  ['parent', 'u64'],
  ['namelen', 'u32'],
  ['flags', 'u32', 'bit 0: expire only; then name NUL'],
]);

/** `struct fuse_notify_delete_out`, 24 bytes. Fact: include/uapi/linux/fuse.h. */
export const notifyDeleteOut = struct('fuse_notify_delete_out', [
  ['parent', 'u64'],
  ['child', 'u64'],
  ['namelen', 'u32'],
  ['padding', 'u32', 'then name NUL'],
]);

/** `struct fuse_notify_store_out`, 24 bytes. Fact: include/uapi/linux/fuse.h. */
export const notifyStoreOut = struct('fuse_notify_store_out', [
  ['nodeid', 'u64'],
  ['offset', 'u64'],
  ['size', 'u32'],
  ['padding', 'u32', 'then size bytes'],
]);

/** `struct fuse_notify_retrieve_out`, 32 bytes. Fact: include/uapi/linux/fuse.h. */
export const notifyRetrieveOut = struct('fuse_notify_retrieve_out', [
  ['notify_unique', 'u64'],
  ['nodeid', 'u64'],
  ['offset', 'u64'],
  ['size', 'u32'],
  ['padding', 'u32'],
]);

/** `struct fuse_notify_retrieve_in`, 40 bytes. Fact: include/uapi/linux/fuse.h. */
export const notifyRetrieveIn = struct('fuse_notify_retrieve_in', [
  ['dummy1', 'u64'],
  ['offset', 'u64'],
  ['size', 'u32'],
  ['dummy2', 'u32'],
  ['dummy3', 'u64'],
  ['dummy4', 'u64'],
]);

/** `struct fuse_notify_prune_out`, 16 bytes. Fact: include/uapi/linux/fuse.h. */
export const notifyPruneOut = struct('fuse_notify_prune_out', [
  ['count', 'u32', 'then count * u64 nodeid'],
  ['padding', 'u32'],
  ['spare', 'u64'],
]);
