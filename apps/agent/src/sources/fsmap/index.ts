export { showSpace, type ShownOwner, type ShownSpace } from './show.ts';
