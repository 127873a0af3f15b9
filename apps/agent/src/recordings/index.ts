export { bytesAt } from './bytes-at.ts';
export { factsOf } from './facts.ts';
export type { DeviceFacts, RecordingFacts } from './facts.ts';
export { inflateBlock } from './inflate-block.ts';
export { packBlock } from './pack-block.ts';
export { Recordings } from './recordings.ts';
export type { RecordingFile, Unread } from './recordings.ts';
