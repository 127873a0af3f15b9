import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseLayout, printLayout } from './layout.ts';
import type { Layout } from './layout.ts';

describe('parseLayout', () => {
  test('reads what printLayout wrote', () => {
    const layout = fc.oneof(
      fc.constantFrom<Layout[]>({ kind: 'simple' }, { kind: 'fragment' }, { kind: 'inline' }),
      fc.record({
        kind: fc.constant('interleave' as const),
        chunk: fc.integer({ min: 1, max: 1000 }).map((n) => n * 4096),
        strips: fc.integer({ min: 1, max: 4 }),
      }),
    );
    fc.assert(
      fc.property(layout, (given) => {
        expect(parseLayout(printLayout(given), 4096, 4)).toEqual(given);
      }),
    );
  });

  test('fills in what was left out', () => {
    expect(parseLayout('interleave', 4096, 4)).toEqual({ kind: 'interleave', chunk: 65536, strips: 3 });
    expect(parseLayout('interleave:strips=2', 4096, 4)).toEqual({ kind: 'interleave', chunk: 65536, strips: 2 });
    expect(parseLayout('interleave', 4096, 2)).toEqual({ kind: 'interleave', chunk: 65536, strips: 2 });
  });

  test.each([
    '',
    'striped',
    'simple:x',
    'interleave:',
    'interleave:chunk=0',
    'interleave:chunk=5000',
    'interleave:strips=5',
    'interleave:strips=0',
    'interleave:chunk=4096:strips=2',
    'interleave:chunk=0x1000',
    'interleave:chunk=999999999999',
  ])('refuses %j', (text) => expect(parseLayout(text, 4096, 4)).toBeUndefined());
});
