export { createPageCache, probeCachestat } from './pagecache.ts';
export type { PageCache } from './pagecache.ts';
export type { WatchedFile } from './watch.ts';
