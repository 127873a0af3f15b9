export { kernelClaims, tellsDirty, tellsBlocks } from './kernel-claims.ts';
export { type BytesRead, compareWithDevice, nothingRead } from './read-bytes.ts';
export { dataOf, looksIntoCache } from './seek-walk.ts';
export { writeBack } from './write-back.ts';
