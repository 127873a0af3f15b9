import { type Flaw, flaw, isFlaw, utf8, utf8Text } from '../units/index.ts';
import { type FieldType, isChars, isList, isScalar, isStruct, type Scalar, scalars, type Slot } from './fields.ts';
import type { Values } from './struct.ts';
import { filler, rawBytes } from './words.ts';

/** A value as JSON has it: 64-bit integers as decimal strings, smaller ones as numbers, names as text, other bytes as hex. */
export type Plain = string | number | null | readonly Plain[] | PlainObject;
export interface PlainObject {
  readonly [name: string]: Plain;
}

export const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** The bytes of hex digits; `undefined` when they are none, or an odd number. */
export function bytesOfHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) return undefined;
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

/** A name as text; one that is no UTF-8 as `{"hex"}`, so that nothing of it is lost. */
export function plainName(bytes: Uint8Array): Plain {
  const text = utf8Text(bytes);
  return isSameBytes(utf8(text), bytes) ? text : { hex: hexOf(bytes) };
}

export const isSameBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i]);

export function nameOfPlain(plain: Plain | undefined): Uint8Array | undefined {
  if (typeof plain === 'string') return utf8(plain);
  return isObject(plain) && typeof plain['hex'] === 'string' ? bytesOfHex(plain['hex']) : undefined;
}

export const isObject = (plain: Plain | undefined): plain is PlainObject =>
  typeof plain === 'object' && plain !== null && !Array.isArray(plain);

/** The text of a `char` array: up to its NUL, `undefined` where it has none. */
export function textOfChars(bytes: Uint8Array): Uint8Array | undefined {
  const end = bytes.indexOf(0);
  return end < 0 ? undefined : bytes.subarray(0, end);
}

/** The fields of a struct. Left out when zero: room that must be zero, and fields that count only when a bit is set that is not. */
export function plainRow(slots: readonly Slot[], row: Values): PlainObject {
  const out: Record<string, Plain> = {};
  for (const { name, type, size, words } of slots) {
    const value = row[name];
    if (size === 0 || value === undefined) continue;
    const isMeant = words !== filler && (!words?.onlyIf || (Number(row[words.onlyIf.field]) & words.onlyIf.mask) !== 0);
    if (isMeant || !isZero(value)) out[name] = plainValue(type, value, words === rawBytes);
  }
  return out;
}

function plainValue(type: FieldType, value: unknown, isRaw: boolean): Plain {
  if (isScalar(type)) return typeof value === 'bigint' ? value.toString() : (value as number);
  if (isStruct(type)) return plainRow(type.slots, value as Values);
  if (isList(type)) return (value as readonly unknown[]).map((one) => plainValue(type.each, one, false));
  const bytes = value as Uint8Array;
  return isRaw ? hexOf(bytes) : plainName(textOfChars(bytes) ?? bytes);
}

const isZero = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.every(isZero)
    : value instanceof Uint8Array
      ? value.every((byte) => byte === 0)
      : BigInt(value as number) === 0n;

/** Inverse of `plainRow`; what is left out is left out. A flaw names the field that is not as it should be. */
export function rowOfPlain(slots: readonly Slot[], plain: Plain | undefined): Values | Flaw {
  if (!isObject(plain)) return notPlain('value', plain, 'an object');
  const out: Record<string, unknown> = {};
  for (const { name, type, size, words } of slots) {
    const given = plain[name];
    if (size === 0 || given === undefined) continue;
    const value = valueOfPlain(type, given, name, words === rawBytes);
    if (isFlaw(value)) return value;
    out[name] = value;
  }
  return out;
}

export const notPlain = (field: string, found: unknown, allowed: string): Flaw =>
  flaw({ code: 'E_VALUE', at: 0, field, found: JSON.stringify(found) ?? 'nothing', allowed });

function valueOfPlain(type: FieldType, given: Plain, field: string, isRaw: boolean): unknown {
  if (isScalar(type)) return numberOfPlain(type, given) ?? notPlain(field, given, type);
  if (isStruct(type)) return rowOfPlain(type.slots, given);
  if (isList(type)) {
    const values = Array.isArray(given) ? (given as readonly Plain[]).map((one) => valueOfPlain(type.each, one, field, false)) : [];
    return values.length === type.length ? (values.find(isFlaw) ?? values) : notPlain(field, given, `${type.length} of them`);
  }
  const bytes = isRaw && typeof given === 'string' ? bytesOfHex(given) : nameOfPlain(given),
    most = isChars(type) ? type.chars : 0;
  if (!bytes || bytes.length > most) return notPlain(field, given, `at most ${most} bytes of text`);
  const whole = new Uint8Array(most);
  whole.set(bytes);
  return whole;
}

function numberOfPlain(type: Scalar, given: Plain): number | bigint | undefined {
  const bits = 8 * scalars[type].width,
    isWide = bits === 64;
  if (isWide ? typeof given !== 'string' || !/^-?\d{1,20}$/.test(given) : !Number.isInteger(given)) return undefined;
  const value = BigInt(given as string | number);
  if (value !== (type.startsWith('s') ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value))) return undefined;
  return isWide ? value : Number(value);
}
