export * from './filesystem.ts';
