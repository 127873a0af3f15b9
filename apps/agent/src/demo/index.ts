export { DemoFilesystem } from './demo-filesystem.ts';
export { openDemo } from './open.ts';
export type { DemoOptions } from './options.ts';
