import { describe, expect, test } from 'vitest';
import { frameOf } from '../fixtures/rows.ts';
import { BlockCache } from './block-cache.ts';
import type { BlockContent } from './block-content.ts';
import { Kind } from './kind.ts';

/** A reader of contents with `rows` rows, which counts how often it is asked. */
function block(rows: number): { key: object; reads: number; read: () => Promise<BlockContent> } {
  const it = {
    key: {},
    reads: 0,
    read: (): Promise<BlockContent> => {
      it.reads++;
      return Promise.resolve({ frames: [frameOf(Array.from({ length: rows }, () => ({ kind: Kind.mark, time: 1n })))], flaws: [] });
    },
  };
  return it;
}

describe('BlockCache', () => {
  test('reads a block once, also for those who ask while it is being read', async () => {
    const cache = new BlockCache(),
      it = block(3);
    const [a, b] = await Promise.all([cache.content(it.key, it.read), cache.content(it.key, it.read)]);
    expect(a).toBe(b);
    expect(await cache.content(it.key, it.read)).toBe(a);
    expect(it.reads).toBe(1);
  });

  test('keeps no more bytes than it may, and lets the block go that was not used for longest', async () => {
    const one = new BlockCache();
    await one.content({}, block(100).read);
    const cache = new BlockCache(2 * one.bytes),
      [a, b, c] = [block(100), block(100), block(100)];
    for (const it of [a, b, a, c]) await cache.content(it.key, it.read);
    expect(cache.bytes).toBe(2 * one.bytes);
    for (const it of [a, c, b]) await cache.content(it.key, it.read);
    expect([a, b, c].map(({ reads }) => reads)).toEqual([1, 2, 1]);
  });

  test('gives a block that is larger than it may keep, and does not keep it', async () => {
    const cache = new BlockCache(10),
      it = block(100);
    expect((await cache.content(it.key, it.read)).frames[0]!.count).toBe(100);
    expect(cache.bytes).toBe(0);
  });

  test('asks again after a read that failed', async () => {
    const cache = new BlockCache(),
      it = block(1);
    await expect(cache.content(it.key, () => Promise.reject(new Error('the disk')))).rejects.toThrow('the disk');
    expect((await cache.content(it.key, it.read)).frames).toHaveLength(1);
  });
});
