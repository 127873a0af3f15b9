/** UTF-8 of `text`; a lone surrogate becomes U+FFFD. `shared` has no TextEncoder. */
export function utf8(text: string): Uint8Array {
  const out: number[] = [];
  for (const character of text) {
    let code = character.codePointAt(0)!;
    if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
    if (code < 0x80) out.push(code);
    else if (code < 0x800) out.push(0xc0 | (code >> 6), 0x80 | (code & 0x3f));
    else if (code < 0x10000) out.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
    else out.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 0x3f), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
  }
  return Uint8Array.from(out);
}

/** Text of `bytes`. Linux names need not be UTF-8: a byte that is none becomes U+FFFD, and reading goes on behind it. */
export function utf8Text(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length;) {
    if (isPlain(bytes, i)) {
      // Long texts are joined of so many pieces less, at a tenth of the cost.
      text += String.fromCharCode(
        bytes[i]!,
        bytes[i + 1]!,
        bytes[i + 2]!,
        bytes[i + 3]!,
        bytes[i + 4]!,
        bytes[i + 5]!,
        bytes[i + 6]!,
        bytes[i + 7]!,
      );
      i += 8;
      continue;
    }
    const [code, size] = codeAt(bytes, i);
    text += String.fromCodePoint(code);
    i += size;
  }
  return text;
}

/** Whether eight characters of one byte are at `i`. */
const isPlain = (bytes: Uint8Array, i: number): boolean =>
  i + 8 <= bytes.length &&
  (bytes[i]! | bytes[i + 1]! | bytes[i + 2]! | bytes[i + 3]! | bytes[i + 4]! | bytes[i + 5]! | bytes[i + 6]! | bytes[i + 7]!) < 0x80;

/** The code point at `i` and how many bytes it has: U+FFFD and 1 for what is overlong, cut off or no UTF-8 at all. */
function codeAt(bytes: Uint8Array, i: number): readonly [code: number, size: number] {
  const lead = bytes[i]!;
  if (lead < 0x80) return [lead, 1];
  const size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4) return [0xfffd, 1];
  let code = lead & (0xff >> (size + 1));
  for (let k = 1; k < size; k++) {
    const next = bytes[i + k];
    if (next === undefined || (next & 0xc0) !== 0x80) return [0xfffd, 1];
    code = (code << 6) | (next & 0x3f);
  }
  const least = size === 2 ? 0x80 : size === 3 ? 0x800 : 0x10000;
  return code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? [0xfffd, 1] : [code, size];
}
