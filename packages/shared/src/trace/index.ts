export * from './columns.ts';
export * from './frame.ts';
export * from './kind.ts';
