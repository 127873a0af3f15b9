export * from './bytes.ts';
export * from './offsets.ts';
export * from './times.ts';
