export { abortFuse } from './abort.ts';
export { type FuseMount, type MountOptions, mountFuse } from './mount.ts';
export { type MountRow, findMount, isFuse, parseMountTable, readMountTable } from './table.ts';
export { type UnmountHow, unmountFuse } from './unmount.ts';
