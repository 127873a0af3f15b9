export { kernelClaims, tellsDirty } from './kernel-claims.ts';
export { dataOf } from './seek-walk.ts';
