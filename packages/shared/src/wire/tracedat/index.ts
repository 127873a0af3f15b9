export { inMemory } from './bytes.ts';
export type { FileBytes } from './bytes.ts';
export { compressionOf, openTraceDat, TRACE_DAT_MAGIC } from './open.ts';
export type { TraceBuffer, TraceDat } from './open.ts';
export type { BufferPart, CpuData, Parts, Stretch } from './parts.ts';
export { TraceReader } from './reader.ts';
export type { TakeRecords } from './reader.ts';
export type { Unpack, Unpackers } from './unpack.ts';
