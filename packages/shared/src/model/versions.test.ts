import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { NO_ADDR } from '../trace/index.ts';
import { isAlike } from '../fixtures/alike.ts';
import { drawn } from '../fixtures/claims.ts';
import { framesOf } from '../fixtures/rows.ts';
import { lawMs, lawRuns } from '../fixtures/runs.ts';
import { anyStream } from '../fixtures/streams.ts';
import { BLOCK, BLOCKS } from '../fixtures/world.ts';
import type { Change } from './changes.ts';
import type { ExtentMap } from './extents.ts';
import type { FileState } from './file-state.ts';
import type { FolioMap } from './folios.ts';
import { createModel, type Model } from './model.ts';
import { reduce } from './reduce.ts';

vi.setConfig({ testTimeout: lawMs() });

/** One entry a block, and one for all that lies behind the last of them. */
const CELLS = BLOCKS + 1;

/** What each block says: a run's own words, its stamp aside, which is of the whole run. */
function cellsOf(map: ExtentMap | FolioMap): (object | undefined)[] {
  const cells = Array<object | undefined>(CELLS).fill(undefined);
  for (const run of map.list()) {
    const { from, to, op: _op, since: _since, ...says } = run,
      cell = 'addr' in run ? { ...says, addr: run.addr === NO_ADDR ? undefined : run.addr - from } : says;
    cells.fill(cell, Number(from / BLOCK), to > BigInt(CELLS) * BLOCK ? CELLS : Number((to + BLOCK - 1n) / BLOCK));
  }
  return cells;
}

const parts = ['data', 'pending', 'folios'] as const;

/** What is seen of a file, and the versions by which a view tells that it is still so. */
const seen = (file: FileState) => ({
  version: file.version,
  listVersion: file.listVersion,
  says: [file.introduced, file.gone, file.how, file.size, file.pathText, file.mode, file.blockSize],
  layouts: { version: file.layouts.version, says: file.layouts.list() },
  data: { version: file.data.version, says: cellsOf(file.data) },
  pending: { version: file.pending.version, says: cellsOf(file.pending) },
  folios: { version: file.folios.version, says: cellsOf(file.folios) },
});
type Seen = ReturnType<typeof seen>;

/** What the versions do not tell; undefined if they tell all. */
function untold(was: Seen, file: FileState): string | undefined {
  const is = seen(file),
    changes = file.changes.since(was.version);
  if (is.listVersion === was.listVersion && !isAlike(is.says, was.says)) return 'listVersion';
  if (is.layouts.version === was.layouts.version && !isAlike(is.layouts.says, was.layouts.says)) return 'version of the layouts';
  for (const part of parts)
    for (let k = 0; k < CELLS; k++) {
      if (isAlike(is[part].says[k], was[part].says[k])) continue;
      if (is.version === was.version || is[part].version === was[part].version) return `version, ${part}`;
      if (changes && !changes.some((change) => covers(change, k))) return `changes: block ${k} of ${part}`;
    }
  return undefined;
}

const covers = ({ from, to }: Change, k: number): boolean => from <= BigInt(k) * BLOCK && to >= BigInt(k + 1) * BLOCK;

const remember = (model: Model): Map<FileState, Seen> => new Map([...model.files.all()].map((file) => [file, seen(file)]));

test('reduce changes nothing that is seen of a file without its versions and the ranges of its changes saying so', () => {
  fc.assert(
    fc.property(anyStream(), fc.array(fc.nat(100), { maxLength: 6 }), (rows, cuts) => {
      const model = createModel();
      for (const frame of framesOf(rows, cuts)) {
        const before = remember(model),
          { version } = model.files;
        reduce(model, frame);
        for (const [file, was] of before) {
          if (model.files.find(file.inode) !== file) expect(model.files.version).not.toBe(version);
          else {
            const what = untold(was, file);
            expect(what, what && `inode ${file.inode}, then\n${drawn(model)}`).toBeUndefined();
          }
        }
      }
    }),
    lawRuns(),
  );
});
