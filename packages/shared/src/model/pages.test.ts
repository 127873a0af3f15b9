import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { FolioFlag, FolioState, How, Introduction, Kind, SourceId } from '../trace/index.ts';
import { utf8 } from '../units/index.ts';
import { DenseFolios } from '../fixtures/dense.ts';
import { Dice } from '../fixtures/dice.ts';
import { folioPicture } from '../fixtures/picture.ts';
import { type EventRow, frameOf } from '../fixtures/rows.ts';
import { lawMs, lawRuns } from '../fixtures/runs.ts';
import { NO_ORDER } from './folios.ts';
import { createModel } from './model.ts';
import { reduce } from './reduce.ts';

vi.setConfig({ testTimeout: lawMs() });

/** Half of the smallest page: every page has blocks inside it. A file of two of the largest. */
const BLOCK = 2048n,
  BLOCKS = 64;
const about = { inode: 1, source: SourceId.tracefs, how: How.observed } as const;

interface Drawn {
  readonly row: EventRow;
  readonly told: (dense: DenseFolios) => void;
}

/** A folio that comes or goes, blocks inside one that change, or another size of the file; each as a row and as the twin is told. */
function draw(seed: number, k: number, page: bigint): Drawn {
  const d = new Dice(seed),
    time = BigInt(k + 1);
  if (d.below(6) === 0) {
    const size = BigInt(d.below(BLOCKS * Number(BLOCK) + 1));
    return {
      row: { kind: Kind.inode, time, ...about, role: Introduction.first, length: size, bytes: utf8('a') },
      told: (dense) => dense.resize(size, page),
    };
  }
  const order = d.below(3),
    folio = Number((page << BigInt(order)) / BLOCK),
    first = Math.min(d.below(BLOCKS), BLOCKS - 1),
    isWhole = d.below(2) === 0,
    from = isWhole ? first - (first % folio) : first,
    to = Math.min(BLOCKS, isWhole ? from + folio : from + 1 + d.below(4)),
    state = d.pick(Object.values(FolioState)),
    tellsOrder = state === FolioState.added || (isWhole && d.below(2) === 0),
    parent = d.pick([0, 9]),
    errno = state === FolioState.failed ? 5 : 0;
  return {
    row: {
      kind: Kind.folio,
      time,
      ...about,
      type: state,
      offset: BigInt(from) * BLOCK,
      length: BigInt(to - from) * BLOCK,
      flags: tellsOrder ? FolioFlag.order | order : 0,
      parent,
      errno,
    },
    told: (dense) =>
      dense.apply(from, to, { state, order: tellsOrder ? order : NO_ORDER, how: about.how, errno, op: 0, parent, since: time }),
  };
}

describe('the page cache', () => {
  test.each([4, 16, 64])(
    'with pages of %i KiB agrees with one entry a block: folios of any order, blocks inside them, a file that is cut',
    (kib) => {
      const page = BigInt(kib) << 10n;
      fc.assert(
        fc.property(fc.array(fc.noShrink(fc.noBias(fc.integer())), { maxLength: 40, size: 'max' }), (seeds) => {
          const model = createModel({ pageSize: page }),
            dense = new DenseFolios(BLOCKS, BLOCK),
            all = seeds.map((seed, k) => draw(seed, k, page));
          reduce(model, frameOf(all.map(({ row }) => row)));
          for (const { told } of all) told(dense);
          const map = model.files.find(1)?.folios,
            runs = map?.list().map(({ from, to, state, order, how, errno }) => ({ from, to, state, order, how, errno }));
          expect(runs ?? [], map && folioPicture(map, BLOCKS, BLOCK)).toEqual(dense.runs());
        }),
        lawRuns(),
      );
    },
  );
});
