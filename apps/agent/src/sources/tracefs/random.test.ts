import { closeSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Filesystem } from '@mapscope/shared/derive';
import { heapOf, Kind } from '@mapscope/shared/trace';
import { utf8Text } from '@mapscope/shared/units';
import { errorCode } from '../../host/index.ts';
import { type LoopMount, mountLoop, noLoop, type OnLoop } from '../testing/loops.ts';
import { Undo } from '../testing/live.ts';
import { shrink } from './testing/shrink.ts';
import { type Agreement, noAgreement, type OpenFile, Traced } from './testing/traced.ts';
import { type Act, randomWork, work } from './testing/work.ts';
import { noWork, Workbench } from './testing/workbench.ts';

const undo = new Undo(),
  place = await undo.tracefs();
await undo.release();
afterEach(() => undo.release());

/** `npm run test:long`: more work. `SEED=103 SHRINK=1 npx vitest run …/random.test.ts` makes a failure small; `SEED=200-219` is work that nobody has seen. */
const isLong = process.env['MAPSCOPE_LONG'] === '1',
  [first, last] = (process.env['SEED'] ?? (isLong ? '100-119' : '100')).split('-').map(Number) as [number, number?],
  asked = Array.from({ length: (last ?? first) - first + 1 }, (_, k) => first + k),
  // It has found what others had not.
  seeds = process.env['SEED'] === undefined && !asked.includes(107) ? [107, ...asked] : asked;

interface Ground {
  readonly filesystem: Filesystem & OnLoop;
  readonly block: number;
  readonly hasReflink: boolean;
  /** Its device answers EIO to writes at times. */
  readonly fails?: boolean;
}

const grounds: readonly Ground[] = [
  ...(['xfs', 'ext4'] as const).flatMap((filesystem) =>
    [4096, 1024].map((block) => ({ filesystem, block, hasReflink: filesystem === 'xfs' })),
  ),
  { filesystem: 'btrfs', block: 4096, hasReflink: true },
  { filesystem: 'xfs', block: 4096, hasReflink: true, fails: true },
  { filesystem: 'ext4', block: 4096, hasReflink: false, fails: true },
];

/** A filesystem for the work; the image of its device lies on an ext4 where it is to fail. */
function mountFor({ filesystem, block, fails }: Ground): LoopMount {
  if (!fails) return mountLoop(undo, filesystem, { blockSize: block });
  const { at: within } = mountLoop(undo, 'ext4', { bytes: 768 << 20 });
  // A commit would fail with the rest.
  return mountLoop(undo, filesystem, { blockSize: block, within, mount: filesystem === 'ext4' ? 'commit=300' : '' });
}

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

/**
 * Whether a filesystem lets nobody change it any more: as XFS, which shuts itself down when its log, and ext4, which is read only when its journal
 * happened to be written while the device failed.
 */
function isShut(folder: string): boolean {
  try {
    utimesSync(folder, 0, 0);
    return false;
  } catch (error) {
    return ['EIO', 'EROFS'].includes(errorCode(error) ?? '');
  }
}

interface Outcome {
  readonly found: Agreement;
  readonly lost: bigint;
  /** Files that were compared, each time anew. */
  readonly compared: number;
  /** Writebacks that failed. */
  readonly failures: number;
  readonly wasShut: boolean;
}

/** Does the work on a fresh filesystem and compares all of its files each 40 acts, until something is wrong or the filesystem has shut itself down. */
async function agreement(ground: Ground, acts: readonly Act[]): Promise<Outcome> {
  if (place.path === null) throw new Error(place.why);
  const { filesystem, block, fails } = ground,
    tracefs = await undo.tracefs(),
    mount = mountFor(ground),
    bench = new Workbench(undo, fails ? mount.images[0] : undefined),
    traced = await Traced.start(undo, tracefs as { path: string }, filesystem, mount, block),
    found = noAgreement();
  const kept: OpenFile[] = [];
  let compared = 0;
  undo.add(() => kept.forEach(({ fd }) => closeSync(fd)));
  const round = async (at: number): Promise<void> => {
    await work(mount.at, acts.slice(at, at + 40), bench);
    const old = kept.length;
    for (const name of filesIn(mount.at)) {
      const path = join(mount.at, name),
        said = await traced.compare(path, found);
      if (!said) continue;
      compared++;
      // btrfs tells too little for a map of it: that what was asked once is given up in time is what matters there.
      if (filesystem === 'btrfs') await traced.seed(path);
      // Not always, since what is written back is no longer dirty when the work goes on.
      else if (at % 80 === 40) await traced.compareSynced(path, said, found);
      if (fails) kept.push(traced.open(path));
    }
    kept.splice(0, old).forEach(({ fd }) => closeSync(fd));
  };
  let wasShut = false;
  for (let at = 0; at < acts.length && found.wrong.length === 0 && !wasShut; at += 40)
    try {
      await round(at);
      wasShut = isShut(mount.at);
    } catch (error) {
      if (!fails || !isShut(mount.at)) throw error;
      wasShut = true;
    }
  // An error of its log shuts XFS down without an event: the model goes on, and of pages the kernel still answers.
  if (wasShut) for (const file of kept) await traced.comparePages(file, found);
  const { lost } = traced,
    // What failed of a writeback is told of its I/O, or as a mark where no I/O is told.
    failures =
      [...traced.rows(Kind.io)].filter(([frame, i]) => frame.errno[i] !== 0).length +
      [...traced.rows(Kind.mark)].filter(([frame, i]) => utf8Text(heapOf(frame, i)).startsWith('writeback failed')).length;
  await undo.release();
  return { found, lost, compared, failures, wasShut };
}

for (const ground of grounds) {
  const { filesystem, block, hasReflink, fails = false } = ground,
    why = place.path === null ? place.why : (noLoop(filesystem) ?? noLoop('ext4') ?? noWork());
  describe.skipIf(why !== undefined)(
    `a model that lives on tracepoints alone, on ${filesystem} of ${block} byte blocks${fails ? ' whose device fails at times' : ''}${why ? ` (skipped: ${why})` : ''}`,
    () => {
      test.each(seeds)('agrees with FIEMAP and cachestat after random work, seed %i', { timeout: 600_000 }, async (it) => {
        const acts = randomWork(it, 400, { blockSize: block, hasReflink, moves: true, files: 6, most: 2 << 20, fails }),
          { found, lost, compared, failures, wasShut } = await agreement(ground, acts);
        if (found.wrong.length > 0 && process.env['SHRINK']) {
          let [wrong] = found.wrong;
          const least = await shrink(acts, async (some) => {
            const [first] = (await agreement(ground, some)).found.wrong;
            wrong = first ?? wrong;
            return first !== undefined;
          });
          expect.fail(`${wrong!}\n${least.map((act) => JSON.stringify(act)).join('\n')}`);
        }
        expect(found.wrong.slice(0, 20), `SEED=${it}`).toEqual([]);
        expect(lost).toBe(0n);
        expect(compared).toBeGreaterThanOrEqual(wasShut ? 0 : fails ? 1 : 30);
        if (fails && !wasShut) expect(failures).toBeGreaterThan(0);
        if (filesystem === 'btrfs' || found.map.all === 0) return;
        expect(found.map.known / found.map.all).toBeGreaterThanOrEqual(0.99);
        expect(found.cache.known / found.cache.all).toBeGreaterThanOrEqual(0.99);
        if (wasShut) return;
        expect(found.blocks.bytes).toBeGreaterThan(0n);
        if (filesystem === 'xfs') expect(found.blocks.files).toBeGreaterThan(10);
      });
    },
  );
}
