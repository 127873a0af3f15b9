import { type Field, type FieldType, messageShape, opcodeName, type Struct } from '@mapscope/shared/wire';

/** A line of the byte view: where, the bytes, and what they are where the wire's tables say. */
export interface ByteLine {
  readonly at: number;
  readonly hex: string;
  readonly name: string;
  readonly value: string;
  readonly meaning: string;
}

export interface ByteGroup {
  readonly title: string;
  readonly lines: readonly ByteLine[];
}

const WIDTH = 8;

/** A message in the structs it is made of, as far as its bytes go; what follows them as plain bytes. `mostRest`: of those. */
export function explain(bytes: Uint8Array, opcode: number, side: 'request' | 'reply', mostRest = 128): readonly ByteGroup[] {
  const groups: ByteGroup[] = [];
  let at = 0;
  for (const shape of messageShape(opcode, side)) {
    if (at + shape.size > bytes.length) break;
    groups.push({ title: shape.name, lines: fields(shape, bytes, at, '') });
    at += shape.size;
  }
  if (at < bytes.length)
    groups.push({ title: `${bytes.length - at} bytes behind it`, lines: plain(bytes, at, Math.min(bytes.length, at + mostRest)) });
  return groups;
}

function fields(shape: Struct<readonly Field[]>, bytes: Uint8Array, base: number, prefix: string): ByteLine[] {
  return shape.slots.flatMap((slot) => {
    const at = base + slot.at;
    if (isStruct(slot.type)) return fields(slot.type, bytes, at, `${prefix}${slot.name}.`);
    const own = bytes.subarray(at, at + slot.size),
      first: ByteLine = {
        at,
        hex: hexOf(own.subarray(0, WIDTH)),
        name: `${prefix}${slot.name}`,
        value: sayValue(slot.type, slot.name, own),
        meaning: slot.meaning,
      };
    return [first, ...plain(bytes, at + WIDTH, at + slot.size)];
  });
}

function plain(bytes: Uint8Array, from: number, to: number): ByteLine[] {
  const lines: ByteLine[] = [];
  for (let at = from; at < to; at += WIDTH) {
    const own = bytes.subarray(at, Math.min(to, at + WIDTH));
    lines.push({ at, hex: hexOf(own), name: '', value: printable(own), meaning: '' });
  }
  return lines;
}

const isStruct = (type: FieldType): type is Struct<readonly Field[]> => typeof type === 'object' && 'slots' in type;
const hexOf = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
const printable = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·')).join('');

function sayValue(type: FieldType, name: string, bytes: Uint8Array): string {
  if (typeof type !== 'string') return printable(bytes);
  let value = 0n;
  for (let k = bytes.length - 1; k >= 0; k--) value = (value << 8n) | BigInt(bytes[k]!);
  const signed = type.startsWith('s') ? BigInt.asIntN(8 * bytes.length, value) : value;
  if (name === 'opcode') return `${signed} ${opcodeName(Number(signed))}`;
  return value > 0xffff_ffffn && !type.startsWith('s') ? `0x${value.toString(16)}` : `${signed}`;
}
