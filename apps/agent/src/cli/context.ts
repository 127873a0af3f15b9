import { parseU64 } from '@mapscope/shared/units';
import { type Asked, opcodes, opFlags } from '@mapscope/shared/wire';
import { refused } from '../host/index.ts';

const keys = ['pos', 'count', 'opflags', 'blocksize', 'maxbytes'] as const;
type Key = (typeof keys)[number];

const refuse = (message: string) =>
  refused('E_CONTEXT', message, `Give {${keys.map((key) => `"${key}":…`).join(',')}}, numbers as they are or in quotes`);

/** What a reply answers, as `--context` says it: the keys of the vectors. */
export function askedOf(text: string | undefined): Asked {
  if (text === undefined) return { file: {} };
  const given = objectOf(text);
  for (const key of Object.keys(given))
    if (!keys.includes(key as Key)) throw refuse(`--context has "${key}", which is none of ${keys.join(', ')}`);
  const number = (key: Key): bigint | undefined => {
    const value = given[key];
    if (value === undefined) return undefined;
    const found =
      key === 'opflags' && typeof value === 'string' && !/^\d/.test(value)
        ? opFlags.parse(value)
        : parseU64(typeof value === 'string' ? value : JSON.stringify(value));
    if (found === undefined) throw refuse(`--context has "${key}": ${JSON.stringify(value)}, which is no number`);
    return found;
  };
  const pos = number('pos'),
    count = number('count') ?? 0n,
    opflags = number('opflags') ?? 0n,
    blockSize = number('blocksize'),
    maxBytes = number('maxbytes');
  if (blockSize === 0n) throw refuse('--context has "blocksize": 0');
  return {
    ...(pos !== undefined && { operation: { pos, count, opflags: Number(opflags) } }),
    file: { ...(blockSize !== undefined && { blockSize: Number(blockSize) }), ...(maxBytes !== undefined && { maxBytes }) },
  };
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const given: unknown = JSON.parse(text);
    if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given as Readonly<Record<string, unknown>>;
  } catch {
    // Said below.
  }
  throw refuse(`--context is no JSON object: ${text}`);
}

/** `READ` or `15`. */
export function opcodeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const found = opcodes.parse(text.toUpperCase()) ?? (/^\d{1,10}$/.test(text) ? Number(text) : undefined);
  if (found === undefined)
    throw refused(
      'E_USAGE',
      `--opcode is "${text}", which is no opcode`,
      'Give a name as in the header without prefix, as READ, or its number',
    );
  return found;
}
