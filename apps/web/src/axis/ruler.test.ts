import fc from 'fast-check';
import { expect, test } from 'vitest';
import { axis, axisOver, ruler, toPx, toPxAll } from './index.ts';

const K = 1024n,
  M = K * K;
const labels = (from: bigint, to: bigint): string[] =>
  ruler(axisOver(from, to, 850), 850, to, 'dec', 4096)
    .filter(({ rank }) => rank === 'major')
    .map(({ text }) => text);

test('ruler says the first label whole and the others relative to their MiB', () => {
  expect(labels(4n * M - 64n * K, 4n * M + 128n * K)).toEqual([
    '3 MiB +960 KiB',
    '+992 KiB',
    '4 MiB',
    '+32 KiB',
    '+64 KiB',
    '+96 KiB',
    '+128 KiB',
  ]);
});

test('ruler says bytes where three figures would not tell neighbours apart', () => {
  expect(new Set(labels(M, M + 4096n)).size).toBe(labels(M, M + 4096n).length);
});

test('ruler keeps its words inside: the first to the right of its tick, the last to the left', () => {
  const marks = ruler(axisOver(0n, 8n * M, 850), 850, 8n * M, 'dec', 4096).filter(({ rank }) => rank === 'major');
  expect(marks[0]).toMatchObject({ x: 0, align: 'left' });
  expect(marks.at(-1)).toMatchObject({ x: expect.closeTo(850, 6), align: 'right' });
});

test('toPxAll is toPx of every row, near 2^63 too', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 2n ** 63n }),
      fc.double({ min: 0.01, max: 1e6, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.array(fc.bigInt({ min: 0n, max: 2n ** 40n }), { maxLength: 8 }),
      (start, bytesPerPx, fraction, shifts) => {
        const a = axis(start, bytesPerPx, fraction),
          column = BigUint64Array.from(shifts, (shift) => (shift % 2n === 0n && shift <= start ? start - shift : start + shift));
        expect([...toPxAll(a, column)]).toEqual([...column].map((at) => toPx(a, at)));
      },
    ),
  );
});
