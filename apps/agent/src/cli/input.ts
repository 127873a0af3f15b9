import { bytesOfHex } from '@mapscope/shared/wire';
import { refused } from '../host/index.ts';

export type Form = 'hex' | 'binary';

const isHex = (bytes: Uint8Array): boolean => /^(0x)?[\s0-9a-f]*$/i.test(Buffer.from(bytes).toString('latin1'));

/**
 * Bytes of standard input as they come: hex digits with blanks anywhere, or the bytes themselves. Without a form it is hex when the first
 * piece is nothing else: no message of the protocol is made of hex digits alone.
 */
export async function* bytesOf(input: NodeJS.ReadableStream, form: Form | undefined): AsyncGenerator<Uint8Array> {
  let hex: HexDigits | undefined;
  for await (const chunk of input) {
    const piece = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    if (piece.length === 0) continue;
    form ??= isHex(piece) ? 'hex' : 'binary';
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

  take(text: string): Uint8Array {
    const digits = this.half + (this.isFirst ? text.replace(/^\s*0x/i, '') : text).replaceAll(/\s/g, ''),
      whole = digits.length - (digits.length % 2),
      bytes = bytesOfHex(digits.slice(0, whole));
    this.isFirst = false;
    this.half = digits.slice(whole);
    if (bytes) return bytes;
    const stray = /[^0-9a-f]/i.exec(digits)![0];
    throw refused(
      'E_HEX',
      `standard input has ${JSON.stringify(stray)} among its hex digits`,
      'Give hex digits and blanks, or the bytes themselves with --from binary',
    );
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
