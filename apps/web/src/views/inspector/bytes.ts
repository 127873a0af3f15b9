import { MessagePart } from '@mapscope/shared/trace';
import { type BytePart, explainMessage, explainReplyBody } from '@mapscope/shared/wire';

/** A line of the byte view: where, the bytes, and what they are where the wire's tables say. */
export interface ByteLine {
  readonly at: number;
  readonly hex: string;
  readonly name: string;
  readonly value: string;
  /** A sentence, and one for each flag or type of the value. */
  readonly meaning: string;
}

export interface ByteGroup {
  readonly title: string;
  readonly lines: readonly ByteLine[];
}

const WIDTH = 8;

/** A message in the parts it is made of, as far as its bytes go. `most`: bytes that are shown of data, and of what nobody can explain. */
export function explain(bytes: Uint8Array, opcode: number, of: MessagePart, most = 128): readonly ByteGroup[] {
  const groups: { title: string; first: string; lines: ByteLine[] }[] = [];
  // Whoever told the message knew what its opcode means.
  const known = { opcode, opcodes: 'as named' } as const;
  const parts =
    of === MessagePart.replyBody
      ? explainReplyBody(bytes, known)
      : explainMessage(bytes, of === MessagePart.reply ? 'reply' : 'request', known);
  for (const part of parts) {
    const last = groups.at(-1),
      title = part.struct || 'behind it';
    // A struct begins anew, also behind another of its kind.
    if (last?.title === title && (part.struct === '' || part.field !== last.first)) last.lines.push(...lines(part, bytes, most));
    else groups.push({ title, first: part.field, lines: lines(part, bytes, most) });
  }
  return groups;
}

function lines(part: BytePart, bytes: Uint8Array, most: number): ByteLine[] {
  const { at, field, text, meaning, names } = part,
    isData = part.struct === '' && !text.startsWith('"'),
    own = bytes.subarray(at, at + (part.struct === '' ? Math.min(part.size, most) : part.size)),
    head = own.subarray(0, WIDTH);
  const out = [
    {
      at,
      hex: hexOf(head),
      name: field,
      value: isData ? printable(head) : text,
      meaning: [meaning, ...names.map(([name, says]) => `${name}: ${says}`)].join('\n'),
    },
  ];
  for (let i = WIDTH; i < own.length; i += WIDTH) {
    const piece = own.subarray(i, i + WIDTH);
    out.push({ at: at + i, hex: hexOf(piece), name: '', value: printable(piece), meaning: '' });
  }
  return out;
}

const hexOf = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
const printable = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·')).join('');
