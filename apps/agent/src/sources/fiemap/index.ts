export { createFiemap } from './fiemap.ts';
export type { Fiemap, MappedFile } from './fiemap.ts';
export { mapOf, mapPages } from './pages.ts';
export { Placings } from './placings.ts';
export { probeChunkTree } from './probe.ts';
export { showByFiemap } from './show.ts';
