import type { Result } from './addon.ts';
import { checkFd, checkRoom } from './check.ts';
import { native } from './load.ts';

/** Sizes of `btrfs_ioctl_search_args_v2` without its items and `btrfs_ioctl_dev_info_args`, uapi linux/btrfs.h, bytes. */
const SEARCH_HEAD = 112;
const DEVICE_INFO = 4096;

/**
 * BTRFS_IOC_TREE_SEARCH_V2, raw and beside the event loop: `room` begins with a `btrfs_ioctl_search_args_v2` of 112 bytes whose key is the caller's; the
 * kernel's key and the items found follow in order (`buf_size` is made to be the rest of the room). Resolves their number, 0 past the last one; or a negative
 * errno: `-EPERM` without CAP_SYS_ADMIN, `-EOVERFLOW` when not even the first item fits, `-ENOTTY` on another filesystem.
 */
export async function searchTree(fd: number, room: Uint8Array): Promise<Result> {
  checkFd('fd', fd);
  checkRoom('room', room, SEARCH_HEAD, 'btrfs_ioctl_search_args_v2');
  return native().searchTree(fd, room);
}

/** The tree (subvolume) that an inode of btrfs is in; inode numbers are unique only there. `-ENOTTY` on another filesystem. No privilege is needed. */
export function btrfsTreeOf(fd: number): bigint | Result {
  checkFd('fd', fd);
  return native().treeOf(fd);
}

/** BTRFS_IOC_DEV_INFO, raw: `room` is a `btrfs_ioctl_dev_info_args` of 4096 bytes whose devid is the caller's. `-ENODEV`: there is no such device. */
export function btrfsDevice(fd: number, room: Uint8Array): Result {
  checkFd('fd', fd);
  checkRoom('room', room, DEVICE_INFO, 'btrfs_ioctl_dev_info_args');
  return native().btrfsDevice(fd, room);
}

/** The incompat feature bits of a btrfs (`BTRFS_FEATURE_INCOMPAT_…`), or a negative errno. */
export function btrfsFeatures(fd: number): bigint | Result {
  checkFd('fd', fd);
  return native().btrfsFeatures(fd);
}
