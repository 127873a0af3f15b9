import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import vectors from '../fixtures/vectors/stripe.json' with { type: 'json' };
import { alike } from '../fixtures/alike.ts';
import { lawMs, lawRuns } from '../fixtures/runs.ts';
import { overlappingStrips } from './strip-overlaps.ts';
import { chunkRuns, deviceRuns, slackBytes, type Striped, stripSpans, toOffsets, toPlace, usedBytes } from './stripes.ts';

vi.setConfig({ testTimeout: lawMs() });

interface Fmap {
  readonly layouts: readonly Striped[];
  readonly size: bigint;
}

type Numbers = Readonly<Record<string, number | string>>;
type Extent = Numbers & { readonly strips?: readonly Numbers[] };

const fmaps = new Map<string, Fmap>(
  Object.entries(vectors.fmaps).map(([name, fmap]) => {
    let from = 0n;
    const layouts = (fmap.extents as unknown as readonly Extent[]).map((extent): Striped => {
      const strips = (extent.strips ?? [extent]).map((strip) => ({
        device: Number(strip['dev_index']),
        addr: BigInt(strip['offset']!),
        length: BigInt(strip['len']!),
      }));
      // A simple extent is one strip whose only chunk is all of it.
      const nbytes = extent.strips ? BigInt(extent['nbytes']!) : strips[0]!.length;
      const layout = { from, nbytes, chunkSize: extent.strips ? BigInt(extent['chunk_size']!) : nbytes, strips };
      from += nbytes;
      return layout;
    });
    return [name, { layouts, size: BigInt(fmap.file_size) }];
  }),
);

/** Maps as odd as the wire allows: no alignment anywhere, strips with slack, the file shorter or longer than its map. */
const anyFmap: fc.Arbitrary<Fmap> = fc
  .tuple(
    fc.array(
      fc.record({
        chunkSize: fc.bigInt({ min: 1n, max: 300n }),
        strips: fc.integer({ min: 1, max: 5 }),
        nbytes: fc.bigInt({ min: 1n, max: 4000n }),
        slack: fc.bigInt({ min: 0n, max: 500n }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    fc.bigInt({ min: -700n, max: 700n }),
  )
  .map(([extents, more]) => {
    let from = 0n,
      addr = 0n;
    const layouts = extents.map(({ chunkSize, strips, nbytes, slack }) => {
      const bare = { from, nbytes, chunkSize, strips: Array.from({ length: strips }, () => ({ device: 0, addr: 0n, length: 0n })) };
      const out = {
        ...bare,
        strips: usedBytes(bare).map((used, k) => {
          const strip = { device: k % 3, addr, length: used + slack };
          addr += strip.length;
          return strip;
        }),
      };
      from += nbytes;
      return out;
    });
    return { layouts, size: from + more < 0n ? 0n : from + more };
  });

/** A line an extent, a character a chunk: the strip it is on; below it the chunk of a byte of the file. */
const stripePicture = (layouts: readonly Striped[], at: bigint): string =>
  layouts
    .flatMap(({ from, nbytes, chunkSize, strips }) => {
      const chunks = Number((nbytes + chunkSize - 1n) / chunkSize),
        line = Array.from({ length: chunks }, (_, k) => k % strips.length).join('');
      return at >= from && at < from + nbytes ? [line, `${' '.repeat(Number((at - from) / chunkSize))}^ byte ${at}`] : [line];
    })
    .join('\n');

describe('toPlace', () => {
  test.each([...fmaps.keys()])('agrees with every vector of %s', (fmap) => {
    const { layouts, size } = fmaps.get(fmap)!;
    for (const vector of vectors.forward.filter((it) => it.fmap === fmap)) {
      const place = toPlace(layouts, size, BigInt(vector.file_offset));
      const found = place && [place.extent, place.strip, place.device, `${place.addr}`, `${place.run}`];
      const told = [vector.ext_index, vector.strip_index, vector.dev_index, vector.dev_offset, vector.run_length];
      expect(found, `at ${vector.file_offset}`).toEqual(vector.dev_index === null ? undefined : told);
    }
  });

  test('has no answer for a chunk size of zero, no strips, or a strip not told yet', () => {
    const strip = { device: 1, addr: 0n, length: 8n };
    expect(toPlace([{ from: 0n, nbytes: 8n, chunkSize: 0n, strips: [strip] }], 8n, 0n)).toBeUndefined();
    expect(toPlace([{ from: 0n, nbytes: 8n, chunkSize: 4n, strips: [] }], 8n, 0n)).toBeUndefined();
    expect(toPlace([{ from: 0n, nbytes: 8n, chunkSize: 4n, strips: [undefined, strip] }], 8n, 0n)).toBeUndefined();
  });
});

describe('toOffsets', () => {
  test.each([...fmaps.keys()])('agrees with every vector of %s', (fmap) => {
    const { layouts, size } = fmaps.get(fmap)!;
    for (const vector of vectors.inverse.filter((it) => it.fmap === fmap)) {
      const hits = toOffsets(layouts, size, vector.dev_index, BigInt(vector.dev_offset)),
        offset = hits.find((hit) => hit.offset !== undefined)?.offset;
      const found = { allocated: hits.length > 0, offset: offset === undefined ? null : `${offset}` };
      expect(found, `d${vector.dev_index}:${vector.dev_offset}`).toEqual({ allocated: vector.allocated, offset: vector.file_offset });
    }
  });

  test('law of stripes: undoes toPlace for every byte of the file', () => {
    fc.assert(
      fc.property(anyFmap, fc.bigInt({ min: 0n, max: 20_000n }), ({ layouts, size }, at) => {
        const place = toPlace(layouts, size, at);
        if (!place) return;
        const found = toOffsets(layouts, size, place.device, place.addr),
          { extent, strip } = place;
        alike(found, [{ extent, strip, offset: at }], () => stripePicture(layouts, at));
      }),
      lawRuns(),
    );
  });

  test('answers slack for every allocated byte that no offset maps to', () => {
    fc.assert(
      fc.property(anyFmap, ({ layouts, size }) => {
        const taken = new Set<string>();
        for (const run of chunkRuns(layouts, size, 0n, size))
          for (let k = 0n; k < run.to - run.from; k++) taken.add(`${run.device}:${run.addr + k}`);
        for (const { strips } of layouts)
          for (const strip of strips)
            for (let k = 0n; k < strip!.length; k += 37n) {
              const [hit] = toOffsets(layouts, size, strip!.device, strip!.addr + k);
              expect(hit?.offset !== undefined).toBe(taken.has(`${strip!.device}:${strip!.addr + k}`));
            }
      }),
      lawRuns(0.03),
    );
  });
});

describe('chunkRuns', () => {
  test('covers what the layouts cover, once, in order, and says what toPlace says', () => {
    fc.assert(
      fc.property(anyFmap, fc.bigInt({ min: 0n, max: 9000n }), fc.bigInt({ min: 0n, max: 9000n }), ({ layouts, size }, from, length) => {
        const end = layouts.at(-1)!.from + layouts.at(-1)!.nbytes,
          to = [from + length, size, end].reduce((a, b) => (a < b ? a : b));
        let at = from;
        for (const run of chunkRuns(layouts, size, from, from + length)) {
          expect(run.from).toBe(at);
          expect(toPlace(layouts, size, run.to - 1n)?.addr).toBe(run.addr + (run.to - 1n - run.from));
          at = run.to;
        }
        expect(at).toBe(from < to ? to : from);
      }),
      lawRuns(0.2),
    );
  });

  test('goes on behind a strip that nobody told', () => {
    const layout = { from: 0n, nbytes: 40n, chunkSize: 10n, strips: [undefined, { device: 1, addr: 0n, length: 20n }] };
    expect([...chunkRuns([layout], 40n, 0n, 40n)].map(({ from, to }) => [from, to])).toEqual([
      [10n, 20n],
      [30n, 40n],
    ]);
  });
});

describe('deviceRuns', () => {
  test('joins the chunks of a single strip, and only them', () => {
    const { layouts, size } = fmaps.get('il_one_strip')!;
    expect(deviceRuns(layouts, size, 0n, size)).toEqual([{ from: 0n, to: 3073n, extent: 0, strip: 0, device: 5, addr: 7168n }]);
    const four = fmaps.get('il_1x4_exact')!;
    expect(deviceRuns(four.layouts, four.size, 0n, four.size)).toHaveLength(16);
  });
});

describe('deviceRuns of a layout from outside', () => {
  test('ends, however many chunks there are', () => {
    const layout = {
      from: 0n,
      nbytes: 1n << 60n,
      chunkSize: 1n,
      strips: [0n, 1n << 61n].map((addr) => ({ device: 1, addr, length: 1n << 60n })),
    };
    expect(deviceRuns([layout], 1n << 60n, 0n, 1n << 60n, 100)).toHaveLength(100);
  });
});

describe('overlappingStrips', () => {
  const strip = (device: number, addr: bigint, length: bigint) => ({ device, addr, length });
  const layout = (from: bigint, ...strips: ReturnType<typeof strip>[]): Striped => ({ from, nbytes: 8n, chunkSize: 4n, strips });

  test('reports bytes of a device that two strips have, of one extent or of two', () => {
    const layouts = [layout(0n, strip(1, 0n, 10n), strip(1, 6n, 10n)), layout(8n, strip(2, 0n, 10n), strip(1, 15n, 1n))];
    expect(overlappingStrips(layouts)).toEqual([
      { first: { extent: 0, strip: 0 }, second: { extent: 0, strip: 1 }, device: 1, addr: 6n, length: 4n },
      { first: { extent: 0, strip: 1 }, second: { extent: 1, strip: 1 }, device: 1, addr: 15n, length: 1n },
    ]);
    expect(toOffsets(layouts, 16n, 1, 6n)).toHaveLength(2);
  });

  test('finds none in the maps of the vectors', () => {
    for (const { layouts } of fmaps.values()) expect(overlappingStrips(layouts)).toEqual([]);
  });

  test('is every byte that toOffsets finds more than once', () => {
    const strips = fc.array(fc.tuple(fc.integer({ min: 1, max: 2 }), fc.bigInt({ min: 0n, max: 30n }), fc.bigInt({ min: 0n, max: 9n })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(fc.array(strips, { maxLength: 3 }), (list) => {
        const layouts = list.map((it, k) => layout(BigInt(k) * 8n, ...it.map((one) => strip(...one)))),
          found = overlappingStrips(layouts);
        for (let device = 1; device <= 2; device++)
          for (let addr = 0n; addr < 40n; addr++) {
            const hits = toOffsets(layouts, 100n, device, addr).length,
              pairs = found.filter((it) => it.device === device && it.addr <= addr && addr < it.addr + it.length).length;
            expect(pairs, `d${device}:${addr}`).toBe(hits < 2 ? 0 : (hits * (hits - 1)) / 2);
          }
      }),
      lawRuns(0.2),
    );
  });

  test('ends early where hostile strips all overlap', () => {
    const many = Array.from({ length: 32 }, () => layout(0n, ...Array.from({ length: 32 }, () => strip(1, 0n, 1n << 40n))));
    expect(overlappingStrips(many)).toHaveLength(64);
  });
});

describe('usedBytes', () => {
  test('is example A of the spec', () => {
    const layout = fmaps.get('il_1x4_short_tail')!.layouts[0]!;
    expect(usedBytes(layout)).toEqual([3072n, 2148n, 2048n, 2048n]);
    expect(slackBytes(layout)).toEqual([1024n, 1948n, 2048n, 2048n]);
  });

  test('adds up to the bytes of the extent', () => {
    fc.assert(
      fc.property(anyFmap, ({ layouts }) => {
        for (const layout of layouts) expect(usedBytes(layout).reduce((a, b) => a + b, 0n)).toBe(layout.nbytes);
      }),
      lawRuns(),
    );
  });
});

describe('stripSpans', () => {
  test('is the hull of the chunk runs on each strip', () => {
    fc.assert(
      fc.property(anyFmap, fc.bigInt({ min: 0n, max: 9000n }), fc.bigInt({ min: 1n, max: 9000n }), ({ layouts, size }, from, length) => {
        layouts.forEach((layout, extent) => {
          const hulls = new Map<number, [bigint, bigint]>();
          for (const run of chunkRuns(layouts, size, from, from + length)) {
            if (run.extent !== extent) continue;
            const end = run.addr + (run.to - run.from),
              hull = hulls.get(run.strip);
            hulls.set(run.strip, hull ? [hull[0], end] : [run.addr, end]);
          }
          const spans = stripSpans(layout, size, from, from + length);
          expect(spans.map(({ strip, addr, length: n }) => [strip, addr, addr + n])).toEqual(
            [...hulls].sort(([a], [b]) => a - b).map(([strip, hull]) => [strip, ...hull]),
          );
        });
      }),
      lawRuns(),
    );
  });
});
