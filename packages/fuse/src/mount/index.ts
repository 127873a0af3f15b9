export { abortFuse } from './abort.ts';
export { type FuseMount, type MountOptions, mountFuse } from './mount.ts';
export { findMount, isFuse, readMountTable } from './table.ts';
export { type UnmountHow, unmountFuse } from './unmount.ts';
