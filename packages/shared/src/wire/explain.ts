import { utf8Text } from '../units/index.ts';
import { type Known, meantBy, readReplyBody } from './body.ts';
import { Cursor, type Piece } from './cursor.ts';
import { type FieldType, getField, isChars, isList, isScalar, isStruct, measure, type Scalar, scalars, type Slot } from './fields.ts';
import type { Kind } from './kind.ts';
import { readMessage } from './message.ts';
import { meantName, messageRow, notificationName, whyUnknown } from './negotiated.ts';
import { textOfChars } from './plain.ts';

/** What a part of a message is. All parts of a message together are each of its bytes once, in order. */
export interface BytePart {
  /** Name of the struct as in the header; '' outside of one. */
  readonly struct: string;
  /** `opflags`, `read.addr`, `fmh_keys[1].fmr_length`, `name`, `data`, `padding`; '' for what nobody can explain. */
  readonly field: string;
  /** First byte, from the start of the message, and how many. */
  readonly at: number;
  readonly size: number;
  readonly value: number | bigint | Uint8Array | readonly (number | bigint)[];
  /** The value for people: `WRITE|DIRECT`, `MAPPED`, `none`, `4096`, `"name"`. */
  readonly text: string;
  /** One sentence. */
  readonly meaning: string;
  /** Each flag or type of the value, with its sentence. */
  readonly names: readonly (readonly [name: string, meaning: string])[];
}

type Value = BytePart['value'];
const noNames: BytePart['names'] = [];
const quoted = (bytes: Uint8Array): string => JSON.stringify(utf8Text(bytes));

/** The bytes of a message, explained as far as they make sense; the rest is a part without a name. */
export function explainMessage(bytes: Uint8Array, side: 'request' | 'reply', known: Known = {}): BytePart[] {
  const message = readMessage(bytes, side, known),
    { header } = message;
  return partsOf(bytes, message.pieces).map((part) => {
    if (header && 'opcode' in header && part.struct === 'fuse_in_header' && part.field === 'opcode')
      return {
        ...part,
        text: meantName(header.opcode, meantBy(known)),
        ...(whyUnknown(header.opcode, meantBy(known)) && { meaning: whyUnknown(header.opcode, meantBy(known))! }),
      };
    if (message.side === 'notification' && header && 'error' in header && part.field === 'error' && part.struct === 'fuse_out_header')
      return { ...part, text: notificationName(header.error, known.init), meaning: 'code of the notification' };
    return part;
  });
}

/** The same of what stood behind the header of a reply that went well. */
export function explainReplyBody(bytes: Uint8Array, known: Known): BytePart[] {
  const from = new Cursor(bytes),
    row = known.opcode === undefined ? undefined : messageRow(known.opcode, meantBy(known));
  if (row) readReplyBody(from, row, known);
  return partsOf(bytes, from.pieces);
}

/** The same of bytes of a kind. */
export function explainKind(kind: Kind, bytes: Uint8Array): BytePart[] {
  const from = new Cursor(bytes);
  kind.read(from);
  return partsOf(bytes, from.pieces);
}

function partsOf(bytes: Uint8Array, pieces: readonly Piece[]): BytePart[] {
  const out: BytePart[] = [];
  let at = 0;
  for (const piece of pieces) {
    if (piece.at > at) out.push(rest(bytes, at, piece.at));
    addPiece(out, bytes, piece);
    at = piece.at + piece.size;
  }
  if (at < bytes.length) out.push(rest(bytes, at, bytes.length));
  return out;
}

const part = (
  struct: string,
  field: string,
  at: number,
  size: number,
  value: Value,
  text: string,
  meaning: string,
  names = noNames,
): BytePart => ({
  struct,
  field,
  at,
  size,
  value,
  text,
  meaning,
  names,
});
const rest = (bytes: Uint8Array, at: number, end: number): BytePart =>
  part('', '', at, end - at, bytes.subarray(at, end), `${end - at} bytes`, 'not explained');

function addPiece(out: BytePart[], bytes: Uint8Array, piece: Piece): void {
  const { at, size } = piece,
    own = bytes.subarray(at, at + size);
  switch (piece.what) {
    case 'struct':
      return addStruct(out, bytes, piece.struct, piece.slots, at, '', at + size);
    case 'name':
      return void out.push(part('', piece.field, at, size, own, quoted(textOfChars(own) ?? own), 'a name'));
    case 'data':
      return void out.push(part('', piece.field, at, size, own, `${size} bytes`, 'bytes as they are'));
    case 'padding':
      return void out.push(part('', 'padding', at, size, own, '', 'up to a multiple of 8'));
    case 'u32 list':
    case 'u64 list': {
      const type = piece.what === 'u64 list' ? 'u64' : 'u32',
        values = numbers(type, Math.floor(size / scalars[type].width), bytes, at);
      out.push(part('', piece.field, at, size, values, values.join(' '), `${values.length} × ${type}`));
    }
  }
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
const numbers = (type: Scalar, n: number, bytes: Uint8Array, at: number): (number | bigint)[] =>
  Array.from({ length: n }, (_, i) => scalars[type].get(viewOf(bytes), at + i * scalars[type].width));

function addStruct(
  out: BytePart[],
  bytes: Uint8Array,
  struct: string,
  slots: readonly Slot[],
  base: number,
  prefix: string,
  end: number,
): void {
  let at = base;
  for (const slot of slots) {
    if (slot.size === 0) continue;
    // No struct of the protocol has a gap between two fields; one that had would show it.
    if (base + slot.at > at) out.push(rest(bytes, at, base + slot.at));
    at = base + slot.at;
    addField(out, bytes, struct, slot, slot.type, at, `${prefix}${slot.name}`);
    at += slot.size;
  }
  if (at < end) out.push(rest(bytes, at, end));
}

function addField(out: BytePart[], bytes: Uint8Array, struct: string, slot: Slot, type: FieldType, at: number, field: string): void {
  const { size } = measure(type);
  if (isStruct(type)) return addStruct(out, bytes, struct, type.slots, at, `${field}.`, at + size);
  if (isList(type) && !isScalar(type.each)) {
    const step = measure(type.each).size;
    for (let i = 0; i < type.length; i++) addField(out, bytes, struct, slot, type.each, at + i * step, `${field}[${i}]`);
    return;
  }
  const value = getField(type, bytes, viewOf(bytes), at) as Value;
  out.push(part(struct, field, at, size, value, sayValue(slot, type, value), slot.meaning, sayNames(slot, value)));
}

function sayValue({ words }: Slot, type: FieldType, value: Value): string {
  if (value instanceof Uint8Array) return isChars(type) ? quoted(textOfChars(value) ?? value) : `${value.length} bytes`;
  if (typeof value === 'object') return value.every((n) => BigInt(n) === 0n) ? '0' : value.join(' ');
  return words?.print(value) || `${value}`;
}

const sayNames = ({ words }: Slot, value: Value): BytePart['names'] =>
  typeof value === 'number' || typeof value === 'bigint' ? (words?.explain?.(value) ?? noNames) : noNames;
