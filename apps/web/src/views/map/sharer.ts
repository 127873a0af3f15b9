import { MapType } from '@mapscope/shared/trace';
import { MapFlag } from '@mapscope/shared/wire';
import { maxBig, minBig } from '@mapscope/shared/units';
import { axis as axisOf, type Axis, type Notation, type Place, ruler } from '../../axis/index.ts';
import { type Box, boxOf, laneIn, LEAST_PX } from '../../draw/index.ts';
import type { SharerView } from '../../feed/window.ts';
import { mapLane } from './map-lane.ts';
import { piecesOf } from './pieces.ts';
import { endsOf, type Ground } from './ribbons.ts';
import type { Link, Piece, SharerLane } from './scene.ts';

/** Bytes that two files hold together, in view: where they begin in each, and their place. */
interface Common {
  readonly ours: bigint;
  readonly theirs: bigint;
  readonly place: Place;
}

export interface Ours {
  readonly pieces: readonly Piece[];
  readonly axis: Axis;
  readonly notation: Notation;
  readonly blockSize: number;
}

/** The file that has most of the places in view, on an axis of its own that follows to what is linked, at our scale if that fits. */
export function sharerLane(sharers: readonly SharerView[], ours: Ours, ground: Ground, lane: Box): SharerLane | undefined {
  const places = placesOf(ours.pieces);
  let best: SharerView | undefined,
    links: Common[] = [],
    most = 0n;
  for (const sharer of sharers) {
    const found = linksOf(sharer, places),
      bytes = found.reduce((sum, { place }) => sum + place.to - place.from, 0n);
    if (bytes > most) [best, links, most] = [sharer, found, bytes];
  }
  if (!best) return undefined;
  const { runs } = best,
    first = runs.from[0]!,
    last = runs.to[runs.n - 1]!,
    end = maxBig(best.size, last),
    axis = followed(links, end, ours.axis.bytesPerPx, lane.w),
    its = laneIn(axis, lane),
    pieces = piecesOf(runs, 'data', its, end);
  return {
    path: best.path,
    inode: best.inode,
    map: mapLane(pieces, runs.binned, its),
    untold: [boxOf(its, 0n, first), boxOf(its, last, end)].filter((box) => box !== undefined && box.w > LEAST_PX) as Box[],
    ruler: {
      left: lane.x,
      right: lane.x + lane.w,
      y: lane.y + lane.h + 7,
      isBelow: true,
      marks: ruler(axis, lane.w, end, ours.notation, ours.blockSize),
    },
    links: links.flatMap(({ ours: from, theirs, place }): Link[] => {
      const length = place.to - place.from,
        box = boxOf(its, theirs, theirs + length),
        ends = endsOf(place, ground);
      return box && ends ? [{ x0: ends[0], x1: ends[1], x2: box.x, x3: box.x + box.w, from, to: from + length, theirs }] : [];
    }),
    more: sharers.length - 1,
  };
}

/** Our shared places in view, by device and offset; `reach[i]` is the furthest end of the first i + 1. */
function placesOf(pieces: readonly Piece[]): { readonly sorted: readonly Piece[]; readonly reach: readonly bigint[] } {
  const sorted = pieces
    .filter((piece) => piece.place && (piece.flags & MapFlag.SHARED) !== 0)
    .sort((a, b) => a.device - b.device || (a.place!.from < b.place!.from ? -1 : a.place!.from > b.place!.from ? 1 : 0));
  const reach: bigint[] = [];
  sorted.forEach((piece, i) =>
    reach.push(i > 0 && sorted[i - 1]!.device === piece.device ? maxBig(reach[i - 1]!, piece.place!.to) : piece.place!.to),
  );
  return { sorted, reach };
}

function linksOf({ runs }: SharerView, { sorted, reach }: ReturnType<typeof placesOf>): Common[] {
  const out: Common[] = [];
  // Bins have no exact places: nothing is drawn as linked that may not be.
  if (runs.binned) return out;
  for (let i = 0; i < runs.n; i++) {
    const device = runs.device[i]!,
      addr = runs.addr[i]!,
      from = runs.from[i]!,
      end = addr + (runs.to[i]! - from);
    if (runs.type[i] !== MapType.MAPPED && runs.type[i] !== MapType.UNWRITTEN) continue;
    let low = 0,
      high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1,
        it = sorted[middle]!;
      if (it.device < device || (it.device === device && reach[middle]! <= addr)) low = middle + 1;
      else high = middle;
    }
    for (let piece = sorted[low]; piece && piece.device === device && piece.place!.from < end; piece = sorted[++low]) {
      const start = maxBig(addr, piece.place!.from),
        stop = minBig(end, piece.place!.to);
      if (start < stop)
        out.push({ ours: piece.from + (start - piece.addr), theirs: from + (start - addr), place: { device, from: start, to: stop } });
    }
  }
  return out;
}

/** An axis around what is linked, inside the file: at our scale where that holds it, else as far out as it needs. */
function followed(links: readonly Common[], end: bigint, bytesPerPx: number, width: number): Axis {
  let low = links[0]!.theirs,
    high = low;
  for (const { theirs, place } of links) {
    low = minBig(low, theirs);
    high = maxBig(high, theirs + (place.to - place.from));
  }
  const perPx = Math.max(bytesPerPx, Number(high - low) / width),
    shown = BigInt(Math.ceil(perPx * width)),
    wanted = (low + high - shown) / 2n;
  return axisOf(maxBig(0n, minBig(wanted, end - shown)), perPx);
}
