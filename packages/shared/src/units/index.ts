export * from './brand.ts';
export * from './device-number.ts';
export * from './file-mode.ts';
export * from './flaw.ts';
export * from './problem.ts';
export * from './u64.ts';
export * from './utf8.ts';
export * from './words.ts';
