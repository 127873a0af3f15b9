/**
 * Fixed columns of every event row, widest first so that each stays aligned in a frame (`docs/recording.md` is generated
 * from this table). Order and types are the format: a change is a new format version.
 */
export const columns = [
  ['time', 'u64', 'nanoseconds on the clock the header names'],
  ['offset', 'u64', 'bytes from the start of the file'],
  ['length', 'u64', 'bytes'],
  ['addr', 'u64', 'bytes from the start of the device; 2^64 - 1 is none'],
  ['result', 's64', 'bytes done, or what the kind says'],
  ['inode', 'u32', 'stream-local number of an inode; 0 is none'],
  ['op', 'u32', 'stream-local number of an op; top four bits are its source'],
  ['parent', 'u32', 'the op this row belongs to'],
  ['flags', 'u32', 'bits that the kind explains'],
  ['heap', 'u32', "end of this row's bytes in the frame's heap; they begin where the row before ends"],
  ['pid', 's32', 'process that asked; 0 is unknown or the kernel'],
  ['device', 'u16', 'stream-local number of a device; 0 is none'],
  ['type', 'u16', 'mapping type, op type or state: what the kind says'],
  ['cpu', 'u16', 'processor the event was seen on; 65535 is not known'],
  ['errno', 's16', '0, or a positive errno'],
  ['kind', 'u8', 'Kind'],
  ['source', 'u8', 'SourceId'],
  ['role', 'u8', 'what the kind says'],
  ['how', 'u8', 'How'],
] as const;

export type ColumnName = (typeof columns)[number][0];
export type ColumnType = (typeof columns)[number][1];

export interface ColumnArrays {
  u64: BigUint64Array;
  s64: BigInt64Array;
  u32: Uint32Array;
  s32: Int32Array;
  u16: Uint16Array;
  s16: Int16Array;
  u8: Uint8Array;
}

/** One typed array a column. */
export type Columns = { readonly [C in (typeof columns)[number] as C[0]]: ColumnArrays[C[1]] };

/** Bytes of a cell. */
export const widths: Readonly<Record<ColumnType, number>> = { u64: 8, s64: 8, u32: 4, s32: 4, u16: 2, s16: 2, u8: 1 };

export const arrays = {
  u64: BigUint64Array,
  s64: BigInt64Array,
  u32: Uint32Array,
  s32: Int32Array,
  u16: Uint16Array,
  s16: Int16Array,
  u8: Uint8Array,
} as const;

/** `addr` of a row that has none. */
export const NO_ADDR = 0xffff_ffff_ffff_ffffn;
/** `cpu` of a row of which it is not known. */
export const NO_CPU = 0xffff;

/** What a column says in a row that does not use it. */
export function blankOf(name: ColumnName, type: ColumnType): number | bigint {
  if (name === 'addr') return NO_ADDR;
  if (name === 'cpu') return NO_CPU;
  return type === 'u64' || type === 's64' ? 0n : 0;
}
