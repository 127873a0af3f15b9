export { createPageCache, probeCachestat } from './pagecache.ts';
export type { PageCacheOptions, WatchedFile } from './pagecache.ts';
