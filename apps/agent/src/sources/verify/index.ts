export { kernelClaims, tellsDirty, tellsShared } from './kernel-claims.ts';
export { dataOf } from './seek-walk.ts';
