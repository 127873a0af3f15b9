import { utf8Text } from '../units/index.ts';
import type { FtraceField, FtraceFormat } from './ftrace-format.ts';

/*
 * Readers are made once an event and then called for each of its records: (view, where the record starts) -> value, nothing allocated.
 * They do not check bounds: the caller has compared the record's size with `format.least`.
 */
export type ReadNumber = (view: DataView, at: number) => number;
export type ReadBigint = (view: DataView, at: number) => bigint;
/** Text and bytes need the record's size too: `__data_loc` points anywhere in it. */
export type ReadText = (view: DataView, at: number, size: number) => string;
export type ReadBytes = (view: DataView, at: number, size: number) => Uint8Array;

/** A scalar of at most 32 bits. `undefined`: this kernel's event has no such field, or a wider one. */
export function numberOf(format: FtraceFormat, name: string): ReadNumber | undefined {
  const field = format.fields.get(name);
  return field?.form === 'scalar' ? readNumber(field, format.isLittle) : undefined;
}

/** A scalar of any width. `undefined`: this kernel's event has no such field. */
export function bigintOf(format: FtraceFormat, name: string): ReadBigint | undefined {
  const field = format.fields.get(name);
  if (field?.form !== 'scalar') return undefined;
  const { offset, isSigned } = field,
    { isLittle } = format;
  if (field.size === 8)
    return isSigned ? (view, at) => view.getBigInt64(at + offset, isLittle) : (view, at) => view.getBigUint64(at + offset, isLittle);
  const narrow = readNumber(field, isLittle)!;
  return (view, at) => BigInt(narrow(view, at));
}

/** Text up to its first NUL, from a `char` array, `__data_loc`, `__rel_loc` or the rest of the record. */
export function textOf(format: FtraceFormat, name: string): ReadText | undefined {
  const bytes = bytesOf(format, name);
  return (
    bytes &&
    ((view, at, size) => {
      const all = bytes(view, at, size),
        end = all.indexOf(0);
      return utf8Text(end < 0 ? all : all.subarray(0, end));
    })
  );
}

/** The bytes of a field that is no scalar: a view, cut at the end of the record. */
export function bytesOf(format: FtraceFormat, name: string): ReadBytes | undefined {
  const field = format.fields.get(name);
  if (field === undefined || field.form === 'scalar') return undefined;
  const { offset, size: length, form } = field,
    { isLittle } = format,
    base = form === 'relLoc' ? offset + 4 : 0;
  if (form === 'array') return (view, at, size) => slice(view, at, size, offset, length);
  if (form === 'rest') return (view, at, size) => slice(view, at, size, offset, size);
  return (view, at, size) => {
    const location = view.getUint32(at + offset, isLittle);
    return slice(view, at, size, base + (location & 0xffff), location >>> 16);
  };
}

function slice(view: DataView, at: number, size: number, offset: number, length: number): Uint8Array {
  const from = Math.min(offset, size);
  return new Uint8Array(view.buffer, view.byteOffset + at + from, Math.min(length, size - from));
}

function readNumber({ offset, size, isSigned }: FtraceField, isLittle: boolean): ReadNumber | undefined {
  if (size === 1) return isSigned ? (view, at) => view.getInt8(at + offset) : (view, at) => view.getUint8(at + offset);
  if (size === 2)
    return isSigned ? (view, at) => view.getInt16(at + offset, isLittle) : (view, at) => view.getUint16(at + offset, isLittle);
  if (size === 4)
    return isSigned ? (view, at) => view.getInt32(at + offset, isLittle) : (view, at) => view.getUint32(at + offset, isLittle);
  return undefined;
}
