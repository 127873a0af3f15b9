import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isFlaw } from '../units/index.ts';
import { bytesOfHex, codesOf, decode, hexOf, judge, kindOf, type Plain } from './index.ts';

/** One of the founders' byte vectors; format and codes: spec/protocol.md 9. */
interface Vector {
  readonly name: string;
  readonly kind: string;
  readonly size: number;
  readonly hex: string;
  readonly value: Plain;
  readonly valid: boolean;
  readonly code?: string;
  readonly level?: 'decode' | 'rule';
  readonly warnings?: readonly string[];
  readonly context?: {
    readonly pos: string;
    readonly count: string;
    readonly opflags: number;
    readonly blocksize: number;
    readonly maxbytes: string;
  };
}
const vectors = ['classic', 'daxdev', 'fmap', 'framing', 'iomap'].flatMap(
  (file) => JSON.parse(readFileSync(new URL(`../fixtures/vectors/${file}.json`, import.meta.url), 'utf8')) as Vector[],
);

const read = ({ kind: name, hex, context }: Vector) => {
  const kind = kindOf(name)!,
    bytes = bytesOfHex(hex)!;
  const asked = context
    ? {
        operation: { pos: BigInt(context.pos), count: BigInt(context.count), opflags: context.opflags },
        file: { blockSize: context.blocksize, maxBytes: BigInt(context.maxbytes) },
      }
    : { file: {} };
  return { kind, bytes, verdict: judge(kind, bytes, asked) };
};

describe('judge gives each vector its verdict, its code with its level, its value and its warnings', () => {
  test.each(vectors.map((vector) => [vector.name, vector] as const))('%s', (_, vector) => {
    const { bytes, verdict } = read(vector),
      { flaw, errors } = verdict;
    expect(bytes.length).toBe(vector.size);
    expect({
      valid: verdict.isValid,
      code: flaw?.code ?? errors[0]?.code,
      level: flaw ? 'decode' : errors[0] ? 'rule' : undefined,
      value: verdict.value ?? null,
      warnings: codesOf(verdict.warnings),
    }).toEqual({ valid: vector.valid, code: vector.code, level: vector.level, value: vector.value, warnings: vector.warnings ?? [] });
  });
});

/** What the value of a vector does not say: reserved room, bytes behind the end, attributes of an entry, bytes behind a NUL. */
const silent = new Set(['simple.reserved_set', 'interleave.trailing_bytes', 'direntplus', 'daxdev.bytes_after_nul']);

describe('write gives back the bytes of each valid vector', () => {
  const valid = vectors.filter((vector) => vector.valid);
  test.each(valid.map((vector) => [vector.name, vector] as const))('%s', (name, vector) => {
    const { kind, bytes } = read(vector),
      decoded = decode(kind, bytes),
      value = kind.fromPlain(vector.value);
    if (isFlaw(decoded) || isFlaw(value)) throw new Error('refused');
    // From what was decoded always, but for bytes that are no part of it; from the vector's value where that says everything.
    expect(hexOf(kind.write(decoded.value))).toBe(vector.hex.slice(0, 2 * decoded.size));
    if (!silent.has(name)) expect(hexOf(kind.write(value))).toBe(vector.hex);
  });
});

describe('decode answers a value or a flaw of every beginning of every vector', () => {
  test.each(vectors.map((vector) => [vector.name, vector] as const))('%s', (_, vector) => {
    const { kind, bytes } = read(vector);
    for (let size = 0; size < Math.min(bytes.length, 1200); size++) {
      const part = bytes.subarray(0, size),
        decoded = decode(kind, part);
      if (isFlaw(decoded)) expect(decoded.at).toBeLessThanOrEqual(size);
      else {
        expect(decoded.size).toBeLessThanOrEqual(size);
        judge(kind, part);
      }
    }
  });
});

test('decode answers a value or a flaw of a vector with any byte changed', () => {
  const small = vectors.filter(({ size }) => size > 0);
  fc.assert(
    fc.property(fc.constantFrom(...small), fc.nat(), fc.integer({ min: 0, max: 255 }), (vector, at, byte) => {
      const { kind, bytes } = read(vector);
      bytes[at % bytes.length] = byte;
      judge(kind, bytes);
    }),
  );
});
