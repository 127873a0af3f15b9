export { findFamfs, type Found } from './found.ts';
export { recordFamfs } from './recording.ts';
