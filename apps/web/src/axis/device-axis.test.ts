import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deviceAxis, deviceToPx, placeUnder, sayBytes, sayOffset, sayTick, stepFor, ticks, axis } from './index.ts';

const none = new Map<number, bigint>();
const places = fc.array(
  fc
    .record({
      device: fc.integer({ min: 1, max: 3 }),
      from: fc.bigInt({ min: 0n, max: 1n << 40n }),
      length: fc.bigInt({ min: 1n, max: 1n << 24n }),
    })
    .map(({ device, from, length }) => ({ device, from, to: from + length })),
  { minLength: 1, maxLength: 60 },
);
const K = 1024n,
  M = K * K;

describe('deviceAxis', () => {
  test('cuts empty device out and says its size', () => {
    const a = deviceAxis(
      [
        { device: 1, from: 0n, to: M },
        { device: 1, from: 100n * M, to: 101n * M },
      ],
      10_000,
      800,
      none,
    );
    expect(a.stretches).toHaveLength(2);
    expect(a.cuts).toHaveLength(1);
    expect(Number(a.cuts[0]!.bytes) / Number(M)).toBeCloseTo(98.9, 0);
    expect(a.scale).toBe(1);
  });

  test('keeps bytes as wide as in the file while they fit, and shrinks all alike where they do not', () => {
    const one = deviceAxis([{ device: 1, from: 4n * M, to: 5n * M }], 4096, 800, none),
      run = one.stretches[0]!;
    expect(run.w).toBeCloseTo(Number(run.to - run.from) / 4096, 3);
    const many = deviceAxis(
      Array.from({ length: 8 }, (_, i) => ({ device: i, from: 0n, to: M })),
      8192,
      800,
      none,
    );
    expect(many.scale).toBeLessThan(1);
    expect(new Set(many.stretches.map((s) => s.w.toFixed(2))).size).toBe(1);
  });

  test('narrows the cuts rather than the pieces where a file is in many', () => {
    const pieces = Array.from({ length: 20 }, (_, i) => ({ device: 1, from: BigInt(i) * 200n * M, to: BigInt(i) * 200n * M + 16n * K }));
    const { stretches, scale } = deviceAxis(pieces, (20 * 16 * 1024) / 850, 850, none);
    expect(stretches).toHaveLength(20);
    expect(scale).toBeGreaterThan(0.5);
  });

  test('gives every place 12 px or more, and draws nothing outside its width, however many there are', () => {
    fc.assert(
      fc.property(places, fc.double({ min: 1, max: 1e6, noNaN: true }), fc.integer({ min: 500, max: 1200 }), (runs, bytesPerPx, width) => {
        const { stretches, cuts, scale } = deviceAxis(runs, bytesPerPx, width, none),
          all = [...stretches, ...cuts].sort((a, b) => a.x - b.x);
        expect(scale).toBeLessThanOrEqual(1);
        for (const { w } of stretches) expect(w).toBeGreaterThanOrEqual(12 - 0.05);
        expect(all[0]!.x).toBeGreaterThanOrEqual(0);
        expect(all.at(-1)!.x + all.at(-1)!.w).toBeLessThanOrEqual(width + 0.5);
        // Side by side: nothing overlaps, nothing is left between.
        for (let i = 1; i < all.length; i++) expect(all[i]!.x).toBeCloseTo(all[i - 1]!.x + all[i - 1]!.w, 6);
      }),
    );
  });

  test('says the first used byte of a place, and keeps padding on the device', () => {
    const { stretches } = deviceAxis(
      [
        { device: 1, from: 0n, to: M },
        { device: 1, from: 90n * M, to: 100n * M },
      ],
      10_000,
      2000,
      new Map([[1, 100n * M]]),
    );
    expect(stretches.map(({ from, used, to }) => [from, used, to])).toEqual([
      [0n, 0n, M + 50_000n],
      [90n * M - 50_000n, 90n * M, 100n * M],
    ]);
  });

  test('gives more devices than have room 12 px each all less', () => {
    const runs = Array.from({ length: 32 }, (_, device) => ({ device, from: 0n, to: M })),
      { stretches } = deviceAxis(runs, 4096, 500, none);
    expect(stretches).toHaveLength(32);
    expect(stretches.at(-1)!.x + stretches.at(-1)!.w).toBeLessThanOrEqual(500.5);
  });

  test('joins places that are less than a cut apart', () => {
    const a = deviceAxis(
      [
        { device: 1, from: 0n, to: 64n * K },
        { device: 1, from: 70n * K, to: 90n * K },
      ],
      1024,
      800,
      none,
    );
    expect(a.stretches).toHaveLength(1);
  });

  test('deviceToPx and placeUnder agree on every place', () => {
    fc.assert(
      fc.property(places, (runs) => {
        const a = deviceAxis(runs, 65_536, 900, none);
        for (const run of runs) {
          const x = deviceToPx(a, run.device, run.from);
          expect(x).toBeDefined();
          const under = placeUnder(a, x! + 0.001);
          expect(under?.device).toBe(run.device);
        }
      }),
    );
  });
});

describe('words for offsets', () => {
  test('sayBytes is whole where it is whole, and never says 1024 of a unit', () => {
    expect([0n, 512n, 28n * K, M, 6029312n, (1n << 30n) - 1n].map(sayBytes)).toEqual([
      '0 B',
      '512 B',
      '28 KiB',
      '1 MiB',
      '5.75 MiB',
      '1023 MiB',
    ]);
  });
  test('sayOffset turns with o', () => {
    expect(sayOffset(4_202_496n, 'dec')).toBe('4\u2009202\u2009496');
    expect(sayOffset(4_202_496n, 'hex')).toBe('0x402000');
    expect(sayOffset(4_202_496n, 'blocks')).toBe('1\u2009026 blk');
    expect(sayOffset(4100n, 'blocks')).toBe('1 blk +4');
  });
  test('sayTick is relative below a MiB', () => {
    expect(sayTick(M + 64n * K, 64n * K, 'dec', 4096)).toEqual({ text: '+64 KiB', isBold: false });
    expect(sayTick(4n * M, 64n * K, 'dec', 4096)).toEqual({ text: '4 MiB', isBold: true });
  });
});

describe('ticks', () => {
  test('are powers of two, 76 px apart or more', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 1e12, noNaN: true }), (bytesPerPx) => {
        const step = stepFor(bytesPerPx);
        expect(Number(step) / bytesPerPx).toBeGreaterThanOrEqual(76);
        expect(step & (step - 1n)).toBe(0n);
      }),
    );
  });
  test('end with the file', () => {
    expect(ticks(axis(0n, 10), 800, 3000n).ticks.at(-1)!.at).toBeLessThanOrEqual(3000n);
  });
});
