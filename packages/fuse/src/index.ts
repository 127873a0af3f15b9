export * from './channel.ts';
export * from './channel-memory.ts';
export * from './filesystem.ts';
