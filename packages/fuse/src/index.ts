import { Session, type SessionOptions } from './session.ts';

export { type Channel, fuseChannel } from './channel.ts';
export { type MemoryKernel, memoryChannel } from './channel-memory.ts';
export { type Ask, reportAsk, writebackAsk } from './engine/ask.ts';
export { Engine, type EngineOptions } from './engine/engine.ts';
export { Seek } from './engine/walk.ts';
export * from './filesystem.ts';
export { Inode } from './inode.ts';
export { type ServeOptions, serve } from './loop.ts';
export * from './mount/index.ts';
export { type Log, Session, type SessionOptions } from './session.ts';

export const createSession = (options: SessionOptions): Session => new Session(options);
