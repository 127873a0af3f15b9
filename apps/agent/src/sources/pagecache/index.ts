export { Root } from './open-beneath.ts';
export { createPageCache, probeCachestat } from './pagecache.ts';
export type { PageCache, PageCacheOptions, WatchedFile } from './pagecache.ts';
export { PageBit, survey } from './survey.ts';
export type { Ask } from './survey.ts';
