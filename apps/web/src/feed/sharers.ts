import { type ExtentMap, extentAt, extentRuns, type FileState, type Model, totals } from '@mapscope/shared/model';
import { NO_ADDR } from '@mapscope/shared/trace';
import { MapFlag } from '@mapscope/shared/wire';
import type { ExtentRuns, SharerView } from './window.ts';

/** Files that are looked through for shared places, and lanes that are drawn: both bounded, the rest is in the inspector's words. */
const MOST_FILES = 2_000,
  MOST_SHARERS = 4;

interface Place {
  readonly device: number;
  readonly from: bigint;
  readonly to: bigint;
}

/** Other files that hold places of these extents. Only extents flagged SHARED are looked for, in files that have any. */
export function sharersOf(model: Model, file: FileState, data: ExtentRuns): SharerView[] {
  const places: Place[] = [];
  for (let i = 0; i < data.n; i++)
    if ((data.flags[i]! & MapFlag.SHARED) !== 0 && data.addr[i] !== NO_ADDR)
      places.push({ device: data.device[i]!, from: data.addr[i]!, to: data.addr[i]! + data.to[i]! - data.from[i]! });
  if (places.length === 0) return [];
  const found: SharerView[] = [];
  let looked = 0;
  for (const other of model.files.all()) {
    if (other === file || other.gone || other.data.size === 0 || totals(other).shared === 0n) continue;
    if (++looked > MOST_FILES || found.length === MOST_SHARERS) break;
    const touching = touchedBy(other.data, places);
    if (touching)
      found.push({ inode: other.inode, path: other.pathText, size: other.size, runs: extentRuns(other.data, touching.from, touching.to) });
  }
  return found;
}

/** The range of a file whose extents lie on these places, if any do. */
function touchedBy(map: ExtentMap, places: readonly Place[]): { from: bigint; to: bigint } | undefined {
  let from: bigint | undefined,
    to = 0n;
  map.each(0n, 1n << 63n, (chunk, i) => {
    const extent = extentAt(chunk, i);
    if ((extent.flags & MapFlag.SHARED) === 0 || extent.addr === NO_ADDR) return;
    const end = extent.addr + extent.to - extent.from;
    if (!places.some((place) => place.device === extent.device && place.from < end && extent.addr < place.to)) return;
    from ??= extent.from;
    to = extent.to;
  });
  return from === undefined ? undefined : { from, to };
}
