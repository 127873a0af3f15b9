import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { sideBySide } from '@mapscope/shared/model';
import { FolioState, MapType, NO_ADDR } from '@mapscope/shared/trace';
import { U64_MAX } from '@mapscope/shared/units';
import { ExtentFlag, MapFlag } from '@mapscope/shared/wire';
import { type CacheClaim, type FileClaims, knownOf, type MapClaim, sharesOf } from '@mapscope/shared/verify';
import { mountLoop, noLoop } from '../testing/loops.ts';
import { Undo } from '../testing/live.ts';
import { Traced } from './testing/traced.ts';
import { randomWork, work } from './testing/work.ts';
import { noWork, Workbench } from './testing/workbench.ts';

const undo = new Undo(),
  place = await undo.tracefs();
await undo.release();
afterEach(() => undo.release());

const PAGE = 4096n,
  BLOCK = 4096;

/** What a claim says of a byte, but for flags; undefined: it is not known. */
function mapAt(it: MapClaim | undefined, at: bigint): string | undefined {
  if (!it || it.type === MapType.UNKNOWN) return undefined;
  const isPlaced = it.type === MapType.MAPPED || it.type === MapType.UNWRITTEN;
  return isPlaced ? `${it.type} at ${it.addr === NO_ADDR ? 'nowhere' : it.addr + (at - it.from)} of ${it.device}` : `${it.type}`;
}
/** Whether it is shared, where it says so. */
const sharedAt = (it: MapClaim | undefined): boolean | undefined =>
  !it || (it.flags & ExtentFlag.SHARING_UNKNOWN) !== 0 ? undefined : (it.flags & MapFlag.SHARED) !== 0;
/** Of a folio that is dirty only that is compared: which blocks of it are is known where its writes were seen. */
const cacheAt = (it: CacheClaim | undefined): string | undefined =>
  it?.state === FolioState.unknown ? undefined : `${it?.state === FolioState.folioDirty ? FolioState.dirty : (it?.state ?? 'absent')}`;

/** What the model of a trace that lost events claims, and that of the whole trace does not say. */
function surplus(lossy: FileClaims, whole: FileClaims): string[] {
  const out: string[] = [];
  for (const { from, to, left, right } of sideBySide(lossy.map, whole.map, 0n, U64_MAX)) {
    const said = mapAt(left, from);
    if (said === undefined) continue;
    if (said !== mapAt(right, from)) out.push(`[${from}, ${to}): ${said}, not ${mapAt(right, from)}`);
    if (sharedAt(left) !== undefined && sharedAt(left) !== sharedAt(right))
      out.push(`[${from}, ${to}): shared ${sharedAt(left)}, not ${sharedAt(right)}`);
  }
  for (const { from, to, left, right } of sideBySide(lossy.cache, whole.cache, 0n, U64_MAX)) {
    const said = cacheAt(left);
    if (said !== undefined && said !== cacheAt(right)) out.push(`pages [${from}, ${to}): ${said}, not ${cacheAt(right)}`);
  }
  return out;
}

describe.each(['xfs', 'ext4'] as const)('a model of %s whose trace lost events', (type) => {
  const why = place.path === null ? place.why : (noLoop(type) ?? noWork());
  test.skipIf(why !== undefined)(
    `claims nothing that the model of a whole trace of the same work does not say${why ? ` (skipped: ${why})` : ''}`,
    { timeout: 240_000 },
    async () => {
      const tracefs = (await undo.tracefs()) as { path: string },
        mount = mountLoop(undo, type),
        bench = new Workbench(undo),
        whole = await Traced.start(undo, tracefs, type, mount, BLOCK),
        lossy = await Traced.start(undo, tracefs, type, mount, BLOCK, { bufferKb: 32, pollMs: 50 }),
        acts = randomWork(7, 300, { blockSize: BLOCK, hasReflink: type === 'xfs', moves: true, files: 6, most: 2 << 20 }),
        losses: bigint[] = [];
      let known = 0;
      for (let at = 0; at < acts.length; at += 25) {
        await work(mount.at, acts.slice(at, at + 25), bench);
        const files = readdirSync(mount.at)
          .filter((name) => name.startsWith('f'))
          .map((name) => join(mount.at, name));
        // The one is read more often than the other: what the kernel writes back by itself it hears of earlier.
        await vi.waitFor(
          async () => {
            await Promise.all([whole.settled(), lossy.settled()]);
            const found = files.flatMap((path) => surplus(lossy.claimsOf(path), whole.claimsOf(path)).map((it) => `${path} ${it}`));
            expect(found, `after ${at + 25} acts, ${lossy.lost} lost`).toEqual([]);
          },
          { timeout: 5000, interval: 100 },
        );
        losses.push(lossy.lost);
        for (const path of files) known += knownOf(sharesOf(lossy.claimsOf(path), PAGE).pages);
      }
      expect(whole.lost).toBe(0n);
      // It lost at several moments, and knew something in between.
      expect(new Set(losses).size).toBeGreaterThan(3);
      expect(known).toBeGreaterThan(1);
    },
  );
});
