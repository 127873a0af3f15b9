import { type Flaw, isFlaw } from '../units/index.ts';
import { batchForgetIn, forgetOne } from './classic-inode.ts';
import type { Cursor } from './cursor.ts';
import { fiemap, fiemapExtent, fsmap, fsmapHead } from './ioctl.ts';
import { concat, type Kind, writeStruct } from './kind.ts';
import { notifyDeleteOut, notifyInvalEntryOut, notifyPruneOut, notifyStoreOut } from './notify.ts';
import { bytesOfHex, hexOf, isObject, nameOfPlain, notPlain, type Plain, plainName, plainRow, rowOfPlain } from './plain.ts';
import { type AnyStruct, encodeValues, type Values } from './struct.ts';

/** What follows a struct, as many as the struct says: under `field` in the value. */
interface Tail {
  readonly field: string;
  readonly says: string;
  read(from: Cursor, head: Values): unknown;
  write(value: unknown): Uint8Array;
  toPlain(value: unknown): Plain;
  /** `undefined` for what is no such tail. */
  fromPlain(plain: Plain | undefined): unknown;
}

/** A name of so many bytes, and its NUL. */
export const nameTail = (count: string): Tail => ({
  field: 'name',
  says: `a name of \`${count}\` bytes and its NUL`,
  read(from, head) {
    const size = Number(head[count]),
      bytes = from.take('name', 'name', size + 1);
    if (bytes && bytes[size] !== 0) return from.fail('E_NAME', 'name', 'a name without its NUL', 'a name and a NUL', from.at - 1);
    return bytes?.subarray(0, size);
  },
  write: (name) => concat([name as Uint8Array, new Uint8Array(1)]),
  toPlain: (name) => plainName(name as Uint8Array),
  fromPlain: nameOfPlain,
});

/** So many bytes. */
export const dataTail = (count: string): Tail => ({
  field: 'data',
  says: `\`${count}\` bytes`,
  read: (from, head) => from.take('data', 'data', Number(head[count])),
  write: (data) => data as Uint8Array,
  toPlain: (data) => hexOf(data as Uint8Array),
  fromPlain: (plain) => (typeof plain === 'string' ? bytesOfHex(plain) : undefined),
});

/** So many numbers of 8 bytes. */
const u64Tail = (field: string, count: string): Tail => ({
  field,
  says: `\`${count}\` × u64`,
  read(from, head) {
    const bytes = from.take('u64 list', field, 8 * Number(head[count]));
    if (!bytes) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return Array.from({ length: bytes.length / 8 }, (_, i) => view.getBigUint64(8 * i, true));
  },
  write: (value) => {
    const numbers = value as readonly bigint[],
      view = new DataView(new ArrayBuffer(8 * numbers.length));
    numbers.forEach((n, i) => view.setBigUint64(8 * i, n, true));
    return new Uint8Array(view.buffer);
  },
  toPlain: (value) => (value as readonly bigint[]).map(String),
  fromPlain: (plain) =>
    Array.isArray(plain) && plain.every((n) => typeof n === 'string' && /^\d{1,20}$/.test(n) && BigInt(n) < 1n << 64n)
      ? plain.map(BigInt)
      : undefined,
});

/** So many structs. */
export const structTail = (field: string, table: AnyStruct, count: (head: Values) => number): Tail => ({
  field,
  says: `\`struct ${table.name}\`, as many as the head says`,
  read(from, head) {
    // By what is there, before anything is made by a number from outside.
    if (count(head) * table.size > from.left) return from.fail('E_SHORT', field, `${from.left} bytes`, `${count(head) * table.size}`);
    const out: Values[] = [];
    for (let i = 0; i < count(head); i++) out.push(from.struct(table)!);
    return out;
  },
  write: (value) => concat((value as readonly Values[]).map((row) => encodeValues(table, row))),
  toPlain: (value) => (value as readonly Values[]).map((row) => plainRow(table.slots, row)),
  fromPlain(plain) {
    if (!Array.isArray(plain)) return undefined;
    const rows = (plain as readonly Plain[]).map((row) => rowOfPlain(table.slots, row));
    return rows.some(isFlaw) ? undefined : rows;
  },
});

/** A struct and what it counts, and nothing else. */
export const countedKind = (table: AnyStruct, tail: Tail): Kind<Values> => ({
  name: table.name.replace(/^fuse_/, ''),
  says: `\`struct ${table.name}\`, ${table.size} bytes; then ${tail.says}`,
  read(from) {
    const head = from.struct(table),
      rest = head && tail.read(from, head);
    return from.done(table.name) ? { ...head, [tail.field]: rest } : undefined;
  },
  write: (value) => concat([writeStruct(table, value), tail.write(value[tail.field])]),
  toPlain: (value) => ({ ...plainRow(table.slots, value), [tail.field]: tail.toPlain(value[tail.field]) }),
  fromPlain(plain): Values | Flaw {
    const head = rowOfPlain(table.slots, plain);
    if (isFlaw(head)) return head;
    const given = isObject(plain) ? plain[tail.field] : undefined,
      rest = tail.fromPlain(given);
    return rest === undefined ? notPlain(tail.field, given, tail.says) : { ...head, [tail.field]: rest };
  },
});

/** With room for none the kernel only counts. Fact: spec/protocol.md 7.2 and 7.3. */
const told = (room: string, found: string) => (head: Values) => (head[room] === 0 ? 0 : Number(head[found]));

export const invalEntryKind = countedKind(notifyInvalEntryOut, nameTail('namelen'));
export const deleteKind = countedKind(notifyDeleteOut, nameTail('namelen'));
export const storeKind = countedKind(notifyStoreOut, dataTail('size'));
export const pruneKind = countedKind(notifyPruneOut, u64Tail('nodeids', 'count'));
export const batchForgetKind = countedKind(
  batchForgetIn,
  structTail('forgets', forgetOne, (head) => Number(head['count'])),
);
export const fiemapKind = countedKind(fiemap, structTail('fm_extents', fiemapExtent, told('fm_extent_count', 'fm_mapped_extents')));
export const fsmapKind = countedKind(fsmapHead, structTail('fmh_recs', fsmap, told('fmh_count', 'fmh_entries')));
