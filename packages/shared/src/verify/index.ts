export { type CacheClaim, claimsOf, type FileClaims, type MapClaim, noClaims, type PathOf } from './claims.ts';
export { type CacheDifference, type Cached, type CacheRules, compareCaches } from './compare-caches.ts';
export { compareMaps, type Excuse, type MapComparison, type MapDifference } from './compare-maps.ts';
export { compareSeek, type DataRange, type SeekDifference, type SeekRules, type Sought } from './seek.ts';
export { type KnownShares, knownOf, type Shares, sharesOf } from './shares.ts';
