import type { Flaw } from '../units/index.ts';
import { Cursor, type Warning } from './cursor.ts';
import { type Plain, plainRow, rowOfPlain } from './plain.ts';
import type { Operation } from './rules-operation.ts';
import type { MappedFile } from './rules-mapping.ts';
import { type AnyStruct, encodeValues, type Values } from './struct.ts';
import type { Violation } from './violation.ts';

/** What is known of the request that a reply answers, and of its file. */
export interface Asked {
  readonly operation?: Operation;
  readonly file: MappedFile;
}

/** What bytes are given to be: a name of `decode --as`, how to read and write them, and which rules they have to keep. */
export interface Kind<V = unknown> {
  readonly name: string;
  readonly says: string;
  /** Reads everything there is; `undefined` after a flaw of the cursor. */
  read(from: Cursor): V | undefined;
  /** Inverse of `read`, for whatever it answers. */
  write(value: V): Uint8Array;
  /** As JSON; `undefined` for a value that has no such form. */
  toPlain(value: V): Plain | undefined;
  /** What the JSON of a value does not say of it. */
  more?(value: V): Plain | undefined;
  /** Inverse of `toPlain`; what the JSON leaves out is zero. */
  fromPlain(plain: Plain | undefined): V | Flaw;
  /** Rules that bytes break although they can be read, in the order in which they are found. */
  check?(value: V, bytes: Uint8Array, asked: Asked): readonly Violation[];
  /** What can be shown of bytes that `read` refuses. */
  glimpse?(bytes: Uint8Array): V | undefined;
}

export interface Decoded<V> {
  readonly value: V;
  /** Bytes that it took; what follows them is told by a warning. */
  readonly size: number;
  readonly warnings: readonly Warning[];
}

/** A value with its size, or the flaw that makes the bytes none of this kind. Total: nothing is thrown, whatever the bytes. */
export function decode<V>(kind: Kind<V>, bytes: Uint8Array): Decoded<V> | Flaw {
  const from = new Cursor(bytes),
    value = kind.read(from);
  if (from.flaw) return from.flaw;
  // A kind that answers nothing has met a flaw.
  return { value: value as V, size: from.at, warnings: from.warnings };
}

/** The sizes that a struct may have, ascending. */
export const sizesOf = (table: AnyStruct): readonly number[] => [...table.shorter, table.size];

/** The smallest form of a struct that has room for all fields that are given. */
export function writeStruct(table: AnyStruct, value: Values): Uint8Array {
  const need = Math.max(0, ...table.slots.filter((slot) => value[slot.name] !== undefined).map((slot) => slot.at + slot.size)),
    size = table.shorter.find((one) => one >= need) ?? table.size;
  return encodeValues(table, value).subarray(0, size);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** A struct and nothing else: its size must be right (`E_SIZE`). */
export const structKind = (
  table: AnyStruct,
  check?: (value: never, bytes: Uint8Array, asked: Asked) => readonly Violation[],
): Kind<Values> => ({
  name: table.name.replace(/^fuse_/, ''),
  says: `\`struct ${table.name}\`, ${sizesOf(table).join(' or ')} bytes`,
  read(from) {
    const sizes = sizesOf(table);
    return sizes.includes(from.left)
      ? from.struct(table, from.left)
      : from.fail('E_SIZE', table.name, `${from.left} bytes`, sizes.join(' or '), from.at + Math.min(from.left, table.size));
  },
  write: (value) => writeStruct(table, value),
  toPlain: (value) => plainRow(table.slots, value),
  fromPlain: (plain) => rowOfPlain(table.slots, plain),
  ...(check && { check }),
});
