export { bytesOfPages } from './ask.ts';
export { type CacheLook, lookAtCache, sayCache } from './look.ts';
export { PageBit } from './survey.ts';
export { beneath, type Opener, type Opening, type WatchedFile } from './opener.ts';
export { createPageCache } from './pagecache.ts';
export type { PageCache } from './pagecache.ts';
export { probeCachestat, probePageFlags } from './probe.ts';
export { cacheNotAsked, type CachedRange, showCache, type ShownCache } from './show.ts';
