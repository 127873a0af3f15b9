export { probeFsmap } from './probe.ts';
export { showSpace, type ShownOwner, type ShownSpace } from './show.ts';
