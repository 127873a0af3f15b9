import type { Flaw } from '../units/index.ts';
import type { Words } from './words.ts';

type Get = (view: DataView, at: number) => number | bigint;
type Set = (view: DataView, at: number, n: never) => void;

/** Numbers as they lie in memory on the hosts we support: little-endian. */
export const scalars = {
  u8: { width: 1, get: (v, at) => v.getUint8(at), set: (v, at, n: number) => v.setUint8(at, n) },
  u16: { width: 2, get: (v, at) => v.getUint16(at, true), set: (v, at, n: number) => v.setUint16(at, n, true) },
  s16: { width: 2, get: (v, at) => v.getInt16(at, true), set: (v, at, n: number) => v.setInt16(at, n, true) },
  u32: { width: 4, get: (v, at) => v.getUint32(at, true), set: (v, at, n: number) => v.setUint32(at, n, true) },
  s32: { width: 4, get: (v, at) => v.getInt32(at, true), set: (v, at, n: number) => v.setInt32(at, n, true) },
  u64: { width: 8, get: (v, at) => v.getBigUint64(at, true), set: (v, at, n: bigint) => v.setBigUint64(at, n, true) },
  s64: { width: 8, get: (v, at) => v.getBigInt64(at, true), set: (v, at, n: bigint) => v.setBigInt64(at, n, true) },
} as const satisfies Readonly<Record<string, { readonly width: number; readonly get: Get; readonly set: Set }>>;
export type Scalar = keyof typeof scalars;

/** A struct as a member of another sees it. */
export interface Nested<R = object> {
  readonly name: string;
  readonly size: number;
  readonly align: number;
  readonly slots: readonly Slot[];
  readonly read: (bytes: Uint8Array, base?: number) => R;
  readonly write: (value: never, into: Uint8Array, base?: number) => void;
}

/** `char name[n]`. */
export interface Chars {
  readonly chars: number;
}
/** `type name[n]`. */
export interface List<E extends Scalar | Nested = Scalar | Nested> {
  readonly each: E;
  readonly length: number;
}
/** `type name[]`: as many as another field says, behind the struct and not counted in its size. */
export interface Flexible {
  readonly flexible: 'char' | Nested;
}
export type FieldType = Scalar | Nested | Chars | List | Flexible;

/** A row of a struct's table: name, type, one sentence, and how its number is put into words. */
export type Field = readonly [name: string, type: FieldType, meaning?: string, words?: Words];

type One<T> = T extends 'u64' | 's64' ? bigint : T extends Scalar ? number : T extends Nested<infer R> ? Exclude<R, Flaw> : never;
type Value<T> = T extends Chars ? Uint8Array : T extends List<infer E> ? readonly One<E>[] : One<T>;
/** The values of a struct by field; a flexible member is no part of it. */
export type Row<F extends readonly Field[]> = { [C in F[number] as C[1] extends Flexible ? never : C[0]]: Value<C[1]> };

/** A field with its place. */
export interface Slot {
  readonly name: string;
  readonly type: FieldType;
  readonly at: number;
  /** 0 for a flexible member. */
  readonly size: number;
  readonly meaning: string;
  readonly words: Words | undefined;
}

export const chars = (length: number): Chars => ({ chars: length });
export const list = <const E extends Scalar | Nested>(each: E, length: number): List<E> => ({ each, length });
export const flexible = (of: 'char' | Nested): Flexible => ({ flexible: of });

export const isScalar = (type: FieldType): type is Scalar => typeof type === 'string';
export const isStruct = (type: FieldType): type is Nested => typeof type === 'object' && 'slots' in type;
export const isChars = (type: FieldType): type is Chars => typeof type === 'object' && 'chars' in type;
export const isList = (type: FieldType): type is List => typeof type === 'object' && 'each' in type;

export function measure(type: FieldType): { readonly size: number; readonly align: number } {
  if (isScalar(type)) return { size: scalars[type].width, align: scalars[type].width };
  if (isStruct(type)) return type;
  if (isChars(type)) return { size: type.chars, align: 1 };
  if (!isList(type)) return { size: 0, align: type.flexible === 'char' ? 1 : type.flexible.align };
  const { size, align } = measure(type.each);
  return { size: size * type.length, align };
}

/** As C writes it, without `fuse_`: `u32[6]`, `char[256]`, `iomap_io`, `fsmap[]`. */
export function typeName(type: FieldType): string {
  if (isScalar(type)) return type;
  if (isStruct(type)) return type.name.replace(/^fuse_/, '');
  if (isChars(type)) return `char[${type.chars}]`;
  if (isList(type)) return `${typeName(type.each)}[${type.length}]`;
  return `${type.flexible === 'char' ? 'char' : typeName(type.flexible)}[]`;
}

/** The bytes of the caller have been checked: the whole field is there. */
export function getField(type: FieldType, bytes: Uint8Array, view: DataView, at: number): unknown {
  if (isScalar(type)) return scalars[type].get(view, at);
  if (isStruct(type)) return type.read(bytes, at);
  if (isChars(type)) return bytes.subarray(at, at + type.chars);
  if (!isList(type)) return undefined;
  const { size } = measure(type.each);
  return Array.from({ length: type.length }, (_, i) => getField(type.each, bytes, view, at + i * size));
}

/** `undefined` is zero. */
export function putField(type: FieldType, value: unknown, into: Uint8Array, view: DataView, at: number): void {
  if (isScalar(type)) scalars[type].set(view, at, (value ?? (type === 'u64' || type === 's64' ? 0n : 0)) as never);
  else if (isStruct(type)) type.write((value ?? {}) as never, into, at);
  else if (isChars(type)) {
    into.fill(0, at, at + type.chars);
    if (value instanceof Uint8Array) into.set(value.subarray(0, type.chars), at);
  } else if (isList(type)) {
    const { size } = measure(type.each),
      values = Array.isArray(value) ? (value as readonly unknown[]) : [];
    for (let i = 0; i < type.length; i++) putField(type.each, values[i], into, view, at + i * size);
  }
}
