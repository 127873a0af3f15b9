import { type Flaw, flaw } from '../units/index.ts';
import { type Field, getField, measure, putField, type Row, type Slot } from './fields.ts';

/** A little-endian C struct with natural alignment, described once: layout, reader, writer, printer and docs walk `slots`. */
export interface Struct<F extends readonly Field[]> {
  readonly name: string;
  readonly size: number;
  readonly align: number;
  readonly slots: readonly Slot[];
  /** Sizes of older forms that end sooner, ascending. */
  readonly shorter: readonly number[];
  /** The value at `base`, or an `E_SHORT` flaw: never past the end, never a throw. */
  read(bytes: Uint8Array, base?: number): Row<F> | Flaw;
  /** Write at `base`; fields left out are zero. Throws when the room is too small: that is our bug, not a foreign byte. */
  write(value: Partial<Row<F>>, into: Uint8Array, base?: number): void;
  /** A new buffer of `size` bytes. */
  encode(value: Partial<Row<F>>): Uint8Array;
}

/** The values of a struct. */
export type RowOf<T> = T extends Struct<infer F> ? Row<F> : never;

/** A table whose fields are not known at compile time. */
export type AnyStruct = Struct<readonly Field[]>;

/** Values by field whose table is not known at compile time. */
export type Values = Readonly<Record<string, unknown>>;

/** Each value is of the type that the table says; fields left out are zero. */
export const encodeValues = (table: AnyStruct, values: Values): Uint8Array => table.encode(values as Partial<Row<readonly Field[]>>);

/** A table of fields becomes a struct: places, size and alignment follow from the types, as the compiler lays them out. `shorter`: see `Struct`. */
export function struct<const F extends readonly Field[]>(name: string, fields: F, shorter: readonly number[] = []): Struct<F> {
  let end = 0,
    widest = 1;
  const slots: Slot[] = fields.map(([field, type, meaning = '', words]) => {
    const { size, align } = measure(type),
      at = Math.ceil(end / align) * align;
    end = at + size;
    widest = Math.max(widest, align);
    return { name: field, type, at, size, meaning, words };
  });
  const size = Math.ceil(end / widest) * widest,
    fixed = slots.filter((slot) => slot.size > 0);
  const writeAt = (value: Partial<Row<F>>, into: Uint8Array, view: DataView, base: number): void => {
    for (const slot of fixed) putField(slot.type, (value as Record<string, unknown>)[slot.name], into, view, base + slot.at);
  };
  return {
    name,
    size,
    align: widest,
    slots,
    shorter,
    read(bytes, base = 0) {
      if (base < 0 || base + size > bytes.length) return tooShort(name, bytes, base, size);
      const row: Record<string, unknown> = {},
        view = viewOf(bytes);
      for (const slot of fixed) row[slot.name] = getField(slot.type, bytes, view, base + slot.at);
      return row as Row<F>;
    },
    write(value, into, base = 0) {
      if (base + size > into.length) throw new RangeError(`${name} needs ${size} bytes at ${base}, there are ${into.length}`);
      writeAt(value, into, viewOf(into), base);
    },
    encode(value) {
      const out = new Uint8Array(size);
      writeAt(value, out, viewOf(out), 0);
      return out;
    },
  };
}

/** Fewer bytes than what should be there from `base` on. */
export const tooShort = (field: string, bytes: Uint8Array, base: number, size: number): Flaw =>
  flaw({
    code: 'E_SHORT',
    at: Math.min(bytes.length, Math.max(0, base)),
    field,
    found: `${Math.max(0, bytes.length - base)} bytes`,
    allowed: `${size}`,
  });

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
