export { namesOf } from './device.ts';
export { fsidOf } from './fsid.ts';
export type { TracefsPlace } from './probe.ts';
export type { Found } from './run.ts';
export { createTracefs } from './tracefs.ts';
export { filesystemOf, volumeOf } from './volume.ts';
