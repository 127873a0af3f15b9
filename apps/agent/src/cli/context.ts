import { parseU64 } from '@mapscope/shared/units';
import { type Asked, type Known, opcodes, opFlags } from '@mapscope/shared/wire';
import { refused } from '../host/index.ts';

const keys = ['pos', 'count', 'opflags', 'blocksize', 'maxbytes'] as const;
type Key = (typeof keys)[number];
const u32s: ReadonlySet<Key> = new Set(['opflags', 'blocksize']);

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
    if (typeof value === 'number' && value > Number.MAX_SAFE_INTEGER) throw refuse(`--context has "${key}" as a number that JSON rounds`);
    const found =
      key === 'opflags' && typeof value === 'string' && !/^\d/.test(value)
        ? opFlags.parse(value)
        : parseU64(typeof value === 'string' ? value : JSON.stringify(value));
    if (found === undefined) throw refuse(`--context has "${key}": ${JSON.stringify(value)}, which is no number`);
    if (u32s.has(key) && found > 0xffff_ffffn) throw refuse(`--context has "${key}": ${JSON.stringify(value)}, which is above 32 bits`);
    return found;
  };
  const pos = number('pos'),
    count = number('count') ?? 0n,
    opflags = number('opflags') ?? 0n,
    blockSize = number('blocksize'),
    maxBytes = number('maxbytes');
  if (pos === undefined && (given['count'] ?? given['opflags']) !== undefined)
    throw refuse('--context has no "pos", and without it nothing is known of the operation');
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

/** `READ` or `15`. Who gives a name has decided what the number means; without `--opcode` nothing is known. */
export function opcodeOf(text: string | undefined): Known {
  if (text === undefined) return {};
  const named = opcodes.parse(text.toUpperCase()),
    opcode = named ?? (/^\d{1,10}$/.test(text) ? Number(text) : undefined);
  if (opcode === undefined)
    throw refused(
      'E_USAGE',
      `--opcode is "${text}", which is no opcode`,
      'Give a name as in the header without prefix, as READ, or its number',
    );
  return { opcode, ...(named !== undefined && { opcodes: 'as named' }) };
}
