export type { TracefsPlace } from './probe.ts';
export { createTracefs } from './tracefs.ts';
