export * from './leash.ts';
export * from './lines.ts';
export * from './roles.ts';
