export { Hub } from './hub.ts';
export type { FrameListener, HubFacts, SourceWords } from './hub.ts';
export type { Inodes } from './passing.ts';
export type { Shown, ShownExtent, ShownLayout, ShownStrip } from './show.ts';
export type { Subscription, SubscriptionOptions } from './subscription.ts';
export { Recorder } from './recorder.ts';
export type { RecorderOptions } from './recorder.ts';
export { Spool } from './spool.ts';
export type { Segment, SpoolFolder, SpoolOptions, SpoolState } from './spool.ts';
