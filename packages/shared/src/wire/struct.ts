import { type Flaw, flaw } from '../units/index.ts';

/** Field types of a C struct on the wire. `bytes(n)` is `char[n]`; arrays and nested structs are fields too. */
const kinds = {
  u8: { width: 1, get: (v: DataView, at: number) => v.getUint8(at), set: (v: DataView, at: number, n: number) => v.setUint8(at, n) },
  u16: {
    width: 2,
    get: (v: DataView, at: number) => v.getUint16(at, true),
    set: (v: DataView, at: number, n: number) => v.setUint16(at, n, true),
  },
  s16: {
    width: 2,
    get: (v: DataView, at: number) => v.getInt16(at, true),
    set: (v: DataView, at: number, n: number) => v.setInt16(at, n, true),
  },
  u32: {
    width: 4,
    get: (v: DataView, at: number) => v.getUint32(at, true),
    set: (v: DataView, at: number, n: number) => v.setUint32(at, n, true),
  },
  s32: {
    width: 4,
    get: (v: DataView, at: number) => v.getInt32(at, true),
    set: (v: DataView, at: number, n: number) => v.setInt32(at, n, true),
  },
  u64: {
    width: 8,
    get: (v: DataView, at: number) => v.getBigUint64(at, true),
    set: (v: DataView, at: number, n: bigint) => v.setBigUint64(at, n, true),
  },
  s64: {
    width: 8,
    get: (v: DataView, at: number) => v.getBigInt64(at, true),
    set: (v: DataView, at: number, n: bigint) => v.setBigInt64(at, n, true),
  },
} as const;

type Scalar = keyof typeof kinds;
/** A scalar, `char[n]`, or another struct in place. */
export type FieldType = Scalar | { readonly chars: number } | Struct<readonly Field[]>;
export type Field = readonly [name: string, type: FieldType, meaning?: string];

type Value<T extends FieldType> = T extends 'u64' | 's64'
  ? bigint
  : T extends Scalar
    ? number
    : T extends { readonly chars: number }
      ? Uint8Array
      : T extends Struct<infer F>
        ? Row<F>
        : never;
export type Row<F extends readonly Field[]> = { [C in F[number] as C[0]]: Value<C[1]> };

export interface Slot {
  readonly name: string;
  readonly type: FieldType;
  readonly at: number;
  readonly size: number;
  readonly meaning: string;
}

/** A little-endian C struct with natural alignment, described once: layout, reader, writer, printer and docs walk `slots`. */
export interface Struct<F extends readonly Field[]> {
  readonly name: string;
  readonly size: number;
  readonly align: number;
  readonly slots: readonly Slot[];
  /** The value at `base`, or an `E_SHORT` flaw: never past the end, never a throw. */
  read(bytes: Uint8Array, base?: number): Row<F> | Flaw;
  /** Write at `base`; fields left out are zero. Throws when the room is too small: that is our bug, not a foreign byte. */
  write(value: Partial<Row<F>>, into: Uint8Array, base?: number): void;
  /** A new buffer of `size` bytes. */
  encode(value: Partial<Row<F>>): Uint8Array;
}

/** A table whose fields are not known at compile time. */
export type AnyStruct = Struct<readonly Field[]>;

export function struct<const F extends readonly Field[]>(name: string, fields: F): Struct<F> {
  let end = 0,
    widest = 1;
  const slots: Slot[] = fields.map(([field, type, meaning = '']) => {
    const { size, align } = measure(type),
      at = Math.ceil(end / align) * align;
    end = at + size;
    widest = Math.max(widest, align);
    return { name: field, type, at, size, meaning };
  });
  const size = Math.ceil(end / widest) * widest;
  const readAt = (bytes: Uint8Array, view: DataView, base: number): Row<F> => {
    const row: Record<string, unknown> = {};
    for (const slot of slots) row[slot.name] = get(slot.type, bytes, view, base + slot.at);
    return row as Row<F>;
  };
  const writeAt = (value: Partial<Row<F>>, into: Uint8Array, view: DataView, base: number): void => {
    for (const slot of slots) put(slot.type, (value as Record<string, unknown>)[slot.name], into, view, base + slot.at);
  };
  return {
    name,
    size,
    align: widest,
    slots,
    read(bytes, base = 0) {
      if (base < 0 || base + size > bytes.length)
        return flaw({
          code: 'E_SHORT',
          at: Math.min(bytes.length, Math.max(0, base)),
          field: name,
          found: `${Math.max(0, bytes.length - base)} bytes`,
          allowed: `${size}`,
        });
      return readAt(bytes, viewOf(bytes), base);
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

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const isStruct = (type: FieldType): type is Struct<readonly Field[]> => typeof type === 'object' && 'slots' in type;

function measure(type: FieldType): { size: number; align: number } {
  if (typeof type === 'string') return { size: kinds[type].width, align: kinds[type].width };
  return isStruct(type) ? { size: type.size, align: type.align } : { size: type.chars, align: 1 };
}

function get(type: FieldType, bytes: Uint8Array, view: DataView, at: number): unknown {
  if (typeof type === 'string') return kinds[type].get(view, at);
  return isStruct(type) ? type.read(bytes, at) : bytes.subarray(at, at + type.chars);
}

function put(type: FieldType, value: unknown, into: Uint8Array, view: DataView, at: number): void {
  if (typeof type === 'string') kinds[type].set(view, at, (value ?? (type === 'u64' || type === 's64' ? 0n : 0)) as never);
  else if (isStruct(type)) type.write(value ?? {}, into, at);
  else {
    into.fill(0, at, at + type.chars);
    if (value instanceof Uint8Array) into.set(value.subarray(0, type.chars), at);
  }
}
