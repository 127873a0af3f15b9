export * from './frame-reader.ts';
export * from './frame-writer.ts';
export * from './leash.ts';
export * from './lines.ts';
export * from './own-program.ts';
export * from './roles.ts';
export * from './threads.ts';
