import { FolioState, How } from '../trace/index.ts';
import { ceilTo, floorTo, minBig } from '../units/index.ts';
import type { CacheClaim, FileClaims } from './claims.ts';
import { isKnown } from './compare-maps.ts';
import { Strokes } from './strokes.ts';

/** Pages of a file by how they are known: from what happened, because the kernel was asked, or not. */
export interface Shares {
  readonly events: bigint;
  readonly asked: bigint;
  readonly unknown: bigint;
}

export interface KnownShares {
  /** By map and cache together: a page is known where both are, and asked where one of them was. */
  readonly pages: Shares;
  readonly map: Shares;
  readonly cache: Shares;
}

const Layer = { map: 0, mapAsked: 1, mapUnknown: 2, cached: 3, cacheAsked: 4, cacheUnknown: 5 } as const;
const bit = (...layers: readonly number[]): number => layers.reduce((bits, layer) => bits | (1 << layer), 0);

/** What share of a file's pages a model knows, and whence. A page of which a part is unknown is unknown. */
export function sharesOf({ map, cache, absence, size }: FileClaims, page: bigint): KnownShares {
  const strokes = new Strokes(),
    end = ceilTo(size, page);
  let told = 0n;
  for (const claim of map) {
    const { from, to } = claim,
      add = (layer: number): void => strokes.add(layer, floorTo(from, page), ceilTo(to, page));
    // What no claim covers is unknown too, be it a part of a page.
    if (told < from) strokes.add(Layer.mapUnknown, floorTo(told, page), ceilTo(from, page));
    told = to;
    if (!isKnown(claim)) add(Layer.mapUnknown);
    else if (claim.how === How.reported) add(Layer.mapAsked);
  }
  if (told < size) strokes.add(Layer.mapUnknown, floorTo(told, page), end);
  for (const { from, to, state, how } of cache) {
    const layer = layerOf(state, how);
    strokes.add(Layer.cached, floorTo(from, page), ceilTo(to, page));
    if (layer !== undefined) strokes.add(layer, floorTo(from, page), ceilTo(to, page));
  }
  const pages = tally(bit(Layer.mapAsked, Layer.cacheAsked), bit(Layer.mapUnknown, Layer.cacheUnknown)),
    ofMap = tally(bit(Layer.mapAsked), bit(Layer.mapUnknown)),
    ofCache = tally(bit(Layer.cacheAsked), bit(Layer.cacheUnknown)),
    absent = absence === How.unknown ? bit(Layer.cacheUnknown) : absence === How.reported ? bit(Layer.cacheAsked) : 0;
  for (const { from, to, layers } of strokes.pieces(0n, end)) {
    const all = (layers & bit(Layer.cached)) === 0 ? layers | absent : layers,
      n = (minBig(to, end) - from) / page;
    for (const one of [pages, ofMap, ofCache]) one.count(all, n);
  }
  return { pages: pages.shares, map: ofMap.shares, cache: ofCache.shares };
}

/** Whether a page is dirty is all that the state of a failed one leaves open. */
function layerOf(state: CacheClaim['state'], how: How): number | undefined {
  if (state === FolioState.unknown) return Layer.cacheUnknown;
  return how === How.reported ? Layer.cacheAsked : undefined;
}

function tally(asked: number, unknown: number) {
  const shares = { events: 0n, asked: 0n, unknown: 0n };
  return {
    shares,
    count: (layers: number, pages: bigint): void => {
      shares[(layers & unknown) !== 0 ? 'unknown' : (layers & asked) !== 0 ? 'asked' : 'events'] += pages;
    },
  };
}

/** Known pages of all, 0 to 1; of a file without pages all. */
export function knownOf({ events, asked, unknown }: Shares): number {
  const all = events + asked + unknown;
  return all === 0n ? 1 : Number(events + asked) / Number(all);
}
