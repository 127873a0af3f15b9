/** A conversion of a printf format, and the text in front of it. */
export interface Conversion {
  /** What stands before it, `%%` and escapes resolved. */
  readonly before: string;
  readonly kind: 'integer' | 'text' | 'character' | 'address';
  readonly radix: 8 | 10 | 16;
  /** Bits of what is printed: `%x` has 32, `%llx` 64. */
  readonly bits: 8 | 16 | 32 | 64;
}

/** A printf format taken apart. Fact: printf(3); `%p` with letters is the kernel's, Documentation/core-api/printk-formats. */
export interface Printf {
  readonly conversions: readonly Conversion[];
  readonly after: string;
}

const CONVERSION = /%([-#0 +]*)(\d*)(?:\.\d+)?(hh|h|ll|l|z|j|t|L)?([diouxXcs]|p[A-Za-z0-9]*)/y;
const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', '"': '"', '\\': '\\' };
const bits: Readonly<Record<string, Conversion['bits']>> = { hh: 8, h: 16, l: 64, ll: 64, z: 64, j: 64, t: 64, L: 64 };

/** undefined: it has something that is not known here, as `%*d`. */
export function parsePrintf(format: string): Printf | undefined {
  const conversions: Conversion[] = [];
  let before = '';
  for (let i = 0; i < format.length;) {
    const c = format[i]!;
    if (c === '\\') {
      before += escapes[format[i + 1] ?? ''] ?? '';
      i += 2;
    } else if (c !== '%') {
      before += c;
      i++;
    } else if (format[i + 1] === '%') {
      before += '%';
      i += 2;
    } else {
      CONVERSION.lastIndex = i;
      const found = CONVERSION.exec(format);
      if (!found) return undefined;
      const [whole, , , length = '', letter] = found;
      conversions.push({ before, ...kindOf(letter!), bits: bits[length] ?? 32 });
      before = '';
      i += whole.length;
    }
  }
  return { conversions, after: before };
}

function kindOf(letter: string): Pick<Conversion, 'kind' | 'radix'> {
  if (letter === 's') return { kind: 'text', radix: 10 };
  if (letter === 'c') return { kind: 'character', radix: 10 };
  if (letter.startsWith('p')) return { kind: 'address', radix: 16 };
  return { kind: 'integer', radix: letter === 'o' ? 8 : letter === 'x' || letter === 'X' ? 16 : 10 };
}
