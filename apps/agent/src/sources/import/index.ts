export { openTrace } from './open.ts';
export { csvOf } from './records-csv.ts';
export { type Recorded, recordTrace } from './recording.ts';
export type { Trace } from './trace.ts';
