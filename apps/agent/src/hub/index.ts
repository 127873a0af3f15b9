export { Hub } from './hub.ts';
export type { FrameListener, HubFacts, SourceWords } from './hub.ts';
export type { Inodes } from './passing.ts';
export type { Shown, ShownExtent, ShownLayout, ShownStrip } from './show.ts';
export type { Subscription, SubscriptionOptions } from './subscription.ts';
