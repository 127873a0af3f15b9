export {
  type ByteRange,
  type CacheClaim,
  claimsOf,
  type CopyClaim,
  type FileClaims,
  type MapClaim,
  noClaims,
  type PathOf,
} from './claims.ts';
export { type BlockDifference, compareBlocks } from './compare-blocks.ts';
export { comparableBytes, dirtyFolios, type PlacedBytes } from './compare-bytes.ts';
export { type CacheDifference, type Cached, type CacheRules, compareCaches } from './compare-caches.ts';
export { compareMaps, type Excuse, type MapComparison, type MapDifference } from './compare-maps.ts';
export { compareSeek, type SeekDifference, type SeekRules, type Sought } from './seek.ts';
export { type KnownShares, knownOf, type Shares, sharesOf } from './shares.ts';
export { writtenSince } from './written.ts';
