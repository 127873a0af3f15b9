export { showByFiemap } from './show.ts';
