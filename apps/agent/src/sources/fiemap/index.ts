export { mapOf } from './pages.ts';
export { showByFiemap } from './show.ts';
