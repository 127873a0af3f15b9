export { namesOf } from './device.ts';
export type { TracefsPlace } from './probe.ts';
export { createTracefs } from './tracefs.ts';
export { volumeOf } from './volume.ts';
