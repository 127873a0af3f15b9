export { runDemo } from './demo.ts';
export type { Ground, Ready } from './ground.ts';
export { runReplay } from './replay.ts';
export { runWatch } from './watch.ts';
