export { createFiemap } from './fiemap.ts';
export type { Fiemap, MappedFile } from './fiemap.ts';
export { mapOf } from './pages.ts';
export { probeChunkTree } from './probe.ts';
export { showByFiemap } from './show.ts';
