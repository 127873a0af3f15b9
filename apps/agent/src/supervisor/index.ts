export { type DemoOptions, runDemo } from './demo.ts';
export type { Ground, Ready } from './ground.ts';
export { runReplay } from './replay.ts';
export { releaseDead } from './run.ts';
