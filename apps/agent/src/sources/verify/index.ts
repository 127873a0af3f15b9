export { kernelClaims, tellsDirty, tellsShared } from './kernel-claims.ts';
export { dataOf, looksIntoCache } from './seek-walk.ts';
