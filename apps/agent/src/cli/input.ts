import { bytesOfHex } from '@mapscope/shared/wire';
import { refused } from '../host/index.ts';

export type Form = 'hex' | 'binary';

/** Text, and most of it hex digits: whoever mistyped one, or left the addresses in, meant hex. A message of the protocol has bytes that are no text. */
function isMeantAsHex(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes).toString('latin1'),
    written = text.replaceAll(/\s/g, '');
  return /^[ -~]*$/.test(written) && 2 * written.replaceAll(/[^0-9a-f]/gi, '').length >= written.length;
}

/**
 * Bytes of standard input as they come: hex digits with blanks anywhere, or the bytes themselves. Without a form the first piece says which: then a
 * character that is no hex digit is refused by name, not taken for a byte.
 */
export async function* bytesOf(input: NodeJS.ReadableStream, form: Form | undefined): AsyncGenerator<Uint8Array> {
  let hex: HexDigits | undefined;
  for await (const chunk of input) {
    const piece = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    if (piece.length === 0) continue;
    form ??= isMeantAsHex(piece) ? 'hex' : 'binary';
    if (form === 'binary') yield piece;
    else yield (hex ??= new HexDigits()).take(piece.toString('latin1'));
  }
  hex?.end();
}

/** Everything at once, of which there may be so much. */
export async function wholeInput(input: NodeJS.ReadableStream, form: Form | undefined, most: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of bytesOf(input, form)) {
    size += part.length;
    if (size > most)
      throw refused(
        'E_TOO_BIG',
        `standard input has more than ${most} bytes`,
        'mapscope decode --as fuse-stream takes any number of messages',
      );
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** A byte may be cut between two pieces. */
class HexDigits {
  private isFirst = true;
  private half = '';
  private taken = 0;

  take(text: string): Uint8Array {
    const body = this.isFirst ? text.replace(/^(\s*)0x/i, '$1  ') : text,
      stray = /[^\s0-9a-f]/i.exec(body);
    if (stray)
      throw refused(
        'E_HEX',
        `standard input has ${JSON.stringify(stray[0])} among its hex digits, as character ${this.taken + stray.index + 1}`,
        'Give hex digits and blanks, as `xxd -p` prints them, or the bytes themselves with --from binary',
      );
    const digits = this.half + body.replaceAll(/\s/g, ''),
      whole = digits.length - (digits.length % 2);
    this.isFirst = false;
    this.half = digits.slice(whole);
    this.taken += text.length;
    return bytesOfHex(digits.slice(0, whole))!;
  }

  end(): void {
    if (this.half !== '')
      throw refused(
        'E_HEX',
        'standard input has an odd number of hex digits',
        'Give two digits a byte, or the bytes themselves with --from binary',
      );
  }
}
