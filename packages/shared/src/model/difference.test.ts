import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { story, valueOf } from '../fixtures/picture.ts';
import { lawMs, lawRuns } from '../fixtures/runs.ts';
import { difference } from './difference.ts';
import { ExtentMap } from './extents.ts';

vi.setConfig({ testTimeout: lawMs() });

const CELLS = 16;
const shape = (list: ReturnType<typeof difference>): string => {
  const cells = Array<string>(CELLS).fill('.');
  for (const { from, to } of list) cells.fill('x', Number(from), Number(to));
  return cells.join('');
};

describe('difference', () => {
  test('is empty for a map and itself', () => {
    const map = story('aa hh uu ddd');
    expect(difference(map, map)).toEqual([]);
  });

  test('shows what moved, was punched, or became known', () => {
    expect(shape(difference(story('aaaaaaaaaa      '), story('aabbaahhaa  uu  ')))).toBe('..xx..xx....xx..');
  });

  test('says what was before and is after, places from the range on', () => {
    const [it] = difference(story('aaaa'), story('aa', '  hh'));
    expect(it).toMatchObject({ from: 2n, to: 4n, before: { addr: valueOf('a', 2).addr }, after: { type: 0 } });
  });

  test('does not take UNKNOWN for other than never told', () => {
    expect(difference(story('??aa'), story('  aa'))).toEqual([]);
  });

  test('agrees with comparing byte by byte', () => {
    const map = fc
      .array(fc.tuple(fc.nat(CELLS - 1), fc.integer({ min: 1, max: 6 }), fc.constantFrom(...'aabhu?'.split(''))), { maxLength: 8 })
      .map((strokes) => {
        const out = new ExtentMap();
        for (const [from, n, letter] of strokes) out.paint(BigInt(from), BigInt(Math.min(CELLS, from + n)), valueOf(letter, from));
        return out;
      });
    fc.assert(
      fc.property(map, map, (a, b) => {
        const cell = (m: ExtentMap, at: bigint): unknown => {
          const it = m.at(at);
          return (
            it && it.type !== 0x100 && [it.type, it.device, it.flags, it.addr === valueOf('h', 0).addr ? it.addr : it.addr + (at - it.from)]
          );
        };
        const expected = Array.from({ length: CELLS }, (_, k) => {
          const [x, y] = [cell(a, BigInt(k)) || undefined, cell(b, BigInt(k)) || undefined];
          return JSON.stringify(x, say) === JSON.stringify(y, say) ? '.' : 'x';
        });
        expect(shape(difference(a, b, 0n, BigInt(CELLS)))).toBe(expected.join(''));
      }),
      lawRuns(),
    );
  });
});

const say = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}` : value);
