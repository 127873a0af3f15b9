import { U64_MAX } from '../units/index.ts';
import { errnoName } from './errno.ts';

/** How a number is put into words. `BitSet` and `NameTable` are such; the ones here are about a single special value. */
export interface Words {
  /** '' where there is nothing to say beyond the number. */
  readonly print: (value: number | bigint) => string;
  /** Each name that the number stands for, with its sentence. */
  readonly explain?: (value: number | bigint) => readonly (readonly [name: string, meaning: string])[];
  /** Meant only when this bit of another field is set. */
  readonly onlyIf?: { readonly field: string; readonly mask: number };
}

const hex = (value: number | bigint): string => `0x${value.toString(16)}`;

/** Room that must be zero, and is looked past. */
export const filler: Words = { print: (value) => (BigInt(value) === 0n ? '' : `${value}, not zero`) };

/** An address on a device: all ones is none, and 0 is a real one. Fact: spec/protocol.md 2.1. */
export const address: Words = { print: (value) => (value === U64_MAX ? 'none' : hex(value)) };

/** A device cookie of iomap, counted from 1. Fact: spec/protocol.md 2.1. Not the famfs device index, where 0 is real (8.4). */
export const deviceCookie: Words = { print: (value) => (value === 0 ? 'none' : '') };

/** Bytes, or a negative errno. */
export const bytesOrErrno: Words = { print: (value) => (value < 0 ? `-${errnoName(Number(-BigInt(value)))}` : '') };

/** 0, or a negative errno; positive in a notification, where it is a code. */
export const negativeErrno: Words = { print: (value) => (value < 0 ? `-${errnoName(Number(value))}` : '') };

/** Fact: spec/protocol.md 1.3. */
const RESENT = 1n << 63n;
export const resent: Words = { print: (value) => (BigInt(value) & RESENT ? 'sent again' : '') };

export const hexadecimal: Words = { print: hex };

/** `st_mode`, in octal as everybody writes it. */
export const octal: Words = { print: (value) => `0${value.toString(8)}` };

/** A length where all ones means to the end of the file and 0 means nothing at all. */
export const lengthOrAll: Words = { print: (value) => (value === U64_MAX ? 'to the end' : value === 0n ? 'nothing' : '') };

/** Room in a struct, as a row of its table. */
export const unused = <const N extends string, const T>(name: N, type: T): readonly [N, T, string, Words] => [name, type, 'zero', filler];

/** Opaque bytes of a `char` array that are no text. */
export const rawBytes: Words = { print: () => '' };

/** A field that counts only when a bit of another says so: `valid` of SETATTR. */
export const onlyIf = (field: string, mask: number, words?: Words): Words => ({
  print: (value) => words?.print(value) ?? '',
  ...(words?.explain && { explain: words.explain }),
  onlyIf: { field, mask },
});
