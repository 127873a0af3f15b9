export { fiemapOf } from './fiemap.ts';
export type { FileExtent } from './fiemap.ts';
export { showByFiemap } from './show.ts';
