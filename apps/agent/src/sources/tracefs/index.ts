export { probeTracefs } from './probe.ts';
export type { TracefsPlace } from './probe.ts';
export { createTracefs } from './tracefs.ts';
export type { TracefsOptions } from './tracefs.ts';
