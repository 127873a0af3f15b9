export { mapOf } from './pages.ts';
export { probeChunkTree } from './probe.ts';
export { showByFiemap } from './show.ts';
