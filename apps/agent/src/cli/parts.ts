import { type BytePart, hexOf } from '@mapscope/shared/wire';
import type { Voice } from './voice.ts';

/** Bytes on a line; of a part that is longer so many lines are shown. */
const WIDTH = 8;
const MOST_LINES = 16;

const spaced = (bytes: Uint8Array): string => hexOf(bytes).replaceAll(/..(?=.)/g, '$& ');
const printable = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('latin1')
    .replaceAll(/[^ -~]/g, '·');

/** What each part of a message is: place, bytes, field, value, meaning; below a field the sentence of each flag. */
export function linesOf(parts: readonly BytePart[], bytes: Uint8Array, { bold, faint }: Pick<Voice, 'bold' | 'faint'>): string[] {
  const out: string[] = [],
    most = Math.max(0, ...parts.map(({ field }) => field.length)),
    widest = Math.min(32, Math.max(0, ...parts.map(({ text }) => text.length)));
  let struct = '',
    first = '';
  for (const part of parts) {
    const own = bytes.subarray(part.at, part.at + part.size);
    // A struct begins anew, also behind another of its kind.
    if (part.struct !== '' && (part.struct !== struct || part.field === first)) {
      out.push(bold(part.struct));
      first = part.field;
    }
    struct = part.struct;
    out.push(
      `${lead(part.at, own.subarray(0, WIDTH))}  ${part.field.padEnd(most)}  ${part.text.padEnd(widest)}  ${faint(part.meaning)}`.trimEnd(),
    );
    for (const [name, meaning] of part.names)
      if (part.names.length > 1 || name === part.text)
        out.push(faint(`${' '.repeat(lead(0, new Uint8Array(WIDTH)).length + most + 4)}${name}: ${meaning}`));
    out.push(...more(part, own, faint));
  }
  return out;
}

const lead = (at: number, bytes: Uint8Array): string => `${String(at).padStart(6)}  ${spaced(bytes).padEnd(3 * WIDTH - 1)}`;

function more({ at, text }: BytePart, own: Uint8Array, faint: (text: string) => string): string[] {
  const out: string[] = [],
    isText = text.startsWith('"');
  for (let i = WIDTH; i < own.length; i += WIDTH) {
    // What a name has behind its NUL is nothing but room.
    if (isText && own.subarray(i).every((byte) => byte === 0)) break;
    if (i >= WIDTH * MOST_LINES) {
      out.push(faint(`${String(at + i).padStart(6)}  … ${own.length - i} bytes more`));
      break;
    }
    const piece = own.subarray(i, i + WIDTH);
    out.push(`${lead(at + i, piece)}  ${faint(printable(piece))}`);
  }
  return out;
}
