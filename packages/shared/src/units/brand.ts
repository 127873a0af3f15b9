import { isU64 } from './u64.ts';

declare const unit: unique symbol;
type Unit<T, Name extends string> = T & { readonly [unit]: Name };

/** u64 bytes from the start of the file. */
export type FileOffset = Unit<bigint, 'FileOffset'>;
/** u64 bytes from the start of a device: never mixed up with a file offset. */
export type DeviceOffset = Unit<bigint, 'DeviceOffset'>;
/** The difference of two offsets of the same kind, in bytes. */
export type ByteLength = Unit<bigint, 'ByteLength'>;
/** Nanoseconds of CLOCK_MONOTONIC; an import keeps its own clock, named in the header. */
export type Time = Unit<bigint, 'Time'>;

const u64 = (n: bigint): bigint => {
  if (!isU64(n)) throw new RangeError(`not a u64: ${n}`);
  return n;
};

/** Throws RangeError for what is no u64: whoever brands a number has checked it. So do the three below. */
export const fileOffset = (n: bigint): FileOffset => u64(n) as FileOffset;
export const deviceOffset = (n: bigint): DeviceOffset => u64(n) as DeviceOffset;
export const byteLength = (n: bigint): ByteLength => u64(n) as ByteLength;
export const time = (n: bigint): Time => u64(n) as Time;

/** Bytes from one offset to another of the same kind; `to` is not before `from`. */
export function span(from: FileOffset, to: FileOffset): ByteLength;
export function span(from: DeviceOffset, to: DeviceOffset): ByteLength;
export function span(from: bigint, to: bigint): ByteLength {
  return (to - from) as ByteLength;
}
