import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isFlaw } from '../units/index.ts';
import { checkReply, iomapBeginOut, MapFlag, needsAllocation, OpFlag, type WireMapping, wantsEnd } from './index.ts';

interface Vector {
  name: string;
  kind: string;
  hex: string;
  valid: boolean;
  code?: string;
  level?: string;
  context?: Record<string, string | number>;
}
const vectors = (JSON.parse(readFileSync(new URL('../fixtures/vectors/iomap.json', import.meta.url), 'utf8')) as Vector[]).filter(
  (v) => v.kind === 'iomap_begin_out',
);
const bytes = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (b) => parseInt(b, 16));

describe('checkReply gives each vector its verdict', () => {
  test.each(vectors.filter((v) => v.level !== 'decode').map((v) => [v.name, v] as const))('%s', (_, v) => {
    const reply = iomapBeginOut.read(bytes(v.hex));
    if (isFlaw(reply)) throw new Error(reply.field);
    const c = v.context ?? {};
    const found = checkReply(reply.read, reply.write, {
      pos: BigInt(c['pos'] ?? 0),
      opflags: Number(c['opflags'] ?? 0),
      blockSize: Number(c['block_size'] ?? c['blocksize'] ?? 4096),
      maxBytes: BigInt(c['max_bytes'] ?? c['maxbytes'] ?? 2n ** 63n - 1n),
    });
    expect(found[0]?.code).toBe(v.valid ? undefined : v.code);
  });
});

const mapping = (over: Partial<WireMapping>): WireMapping => ({
  offset: 0n,
  length: 4096n,
  addr: 2n ** 64n - 1n,
  type: 0,
  flags: 0,
  dev: 0,
  ...over,
});
const overwrite = mapping({ type: 255 });
const context = { pos: 0n, opflags: 0, blockSize: 4096, maxBytes: 2n ** 63n };

test('checkReply refuses a writeback without a place', () => {
  const back = { ...context, opflags: OpFlag.WRITEBACK };
  expect(checkReply(mapping({ type: 4 }), overwrite, back).map((v) => v.code)).toEqual(['E_WRITEBACK_TYPE']);
  expect(checkReply(mapping({ type: 2, addr: 0n, dev: 1 }), overwrite, back)).toEqual([]);
});

test('needsAllocation is no for a read of a hole, as the review of the patch asks', () => {
  expect(needsAllocation(0, 0)).toBe(false);
  expect(needsAllocation(0, OpFlag.WRITE)).toBe(true);
  expect(needsAllocation(0, OpFlag.WRITE | OpFlag.ZERO)).toBe(false);
  expect(needsAllocation(2, OpFlag.WRITE)).toBe(false);
});

test('wantsEnd is no for a plain read and a full overwrite, yes for a short write and where it is asked for', () => {
  expect(wantsEnd(0, 0, 4096n, 4096n)).toBe(false);
  expect(wantsEnd(OpFlag.WRITE, 0, 4096n, 4096n)).toBe(false);
  expect(wantsEnd(OpFlag.WRITE, 0, 4096n, 512n)).toBe(true);
  expect(wantsEnd(OpFlag.WRITE, MapFlag.SIZE_CHANGED, 4096n, 4096n)).toBe(true);
  expect(wantsEnd(0, MapFlag.WANT_IOMAP_END, 4096n, 4096n)).toBe(true);
});
