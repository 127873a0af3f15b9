/**
 * System calls that Node lacks. A call answers >= 0 or a negative errno, as the kernel does; only wrong arguments throw.
 * Every descriptor made here is close-on-exec. Offsets and lengths of files are u64 bytes as bigint, positions in a buffer numbers.
 */
export type { Pair, Result } from './addon.ts';
export { apart } from './apart.ts';
export { btrfsDevice, btrfsFeatures, btrfsTreeOf, searchTree } from './btrfs.ts';
export { eventfd, fallocate, fdatasync, flock, pipe, readFolder, setCloexec, setNonblock } from './descriptors.ts';
export { cachestat, fiemap, fsmap, generation, seekData, seekHole } from './extents.ts';
export type { CacheStat } from './extents.ts';
export { addWatch, InotifyBit, openInotify, removeWatch } from './inotify.ts';
export { MountFlag, mount, openFuse, umount } from './mounts.ts';
export type { UmountHow } from './mounts.ts';
export { pagemap } from './pages.ts';
export { confineWrites, dropPrivileges } from './privileges.ts';
export type { Ids } from './privileges.ts';
export { pidfdEnded, pidfdOpen, pidfdSendSignal, setIoFlusher, setParentDeathSignal, waitPidGone } from './processes.ts';
export { receiveFd, sendFd, setBuffers, socketpair } from './sockets.ts';
export { PollBit, alignedBuffer, monotonic, poll, pread, pwrite, read, receive, reply, write } from './transfer.ts';
export { umountApart } from './umount-apart.ts';
