export { DemoFilesystem } from './demo-filesystem.ts';
export { openDemo, tempBase } from './open.ts';
export type { DemoOptions } from './open.ts';
