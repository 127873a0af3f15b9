import { FolioState } from '../trace/index.ts';
import { ceilTo, floorTo } from '../units/index.ts';
import { type CacheClaim, type FileClaims, folioBytes } from './claims.ts';
import { has, Strokes } from './strokes.ts';

/** What cachestat can tell of a page. */
export type Cached = 'absent' | 'clean' | 'dirty' | 'writeback';

/** Pages of which the model says something else than the kernel. */
export interface CacheDifference {
  readonly from: bigint;
  readonly to: bigint;
  readonly model: Cached;
  readonly kernel: Cached;
}

/** How caches are compared. */
export interface CacheRules {
  /** Bytes of a page. */
  readonly page: bigint;
  /** Events tell when pages of this filesystem become dirty. Where they do not, a page that came may be anything since. */
  readonly tellsDirty: boolean;
}

/** Layers of what the model says, and of what the kernel does. */
const Layer = {
  present: 0,
  dirty: 1,
  writeback: 2,
  unknown: 3,
  unsized: 4,
  nearDirty: 5,
  there: 6,
  isDirty: 7,
  isWriteback: 8,
  untold: 9,
} as const;

/**
 * Pages that the model claims to know and cachestat says otherwise. cachestat counts folios, so a page is dirty where any byte of its folio is; how far one of
 * unknown size reaches the model has to allow for. The end of a writeback may not have been seen: that it goes on is as good as clean. What a failed one
 * dropped is lost whatever the cache holds: nothing is compared.
 */
export function compareCaches(model: FileClaims, kernel: FileClaims, { page, tellsDirty }: CacheRules): readonly CacheDifference[] {
  const strokes = new Strokes(),
    out: CacheDifference[] = [];
  for (const claim of model.cache) {
    lay(strokes, claim, page);
    if (!tellsDirty && claim.state === FolioState.added) strokes.add(Layer.untold, floorTo(claim.from, page), ceilTo(claim.to, page));
  }
  for (const { from, to, state } of kernel.cache) {
    const add = (layer: number): void => strokes.add(layer, floorTo(from, page), ceilTo(to, page));
    add(state === FolioState.unknown ? Layer.unknown : Layer.there);
    if (state === FolioState.folioDirty || state === FolioState.dirty) add(Layer.isDirty);
    if (state === FolioState.writeback) add(Layer.isWriteback);
  }
  for (const { from, to, layers } of strokes.pieces(0n, ceilTo(model.size, page))) {
    if (has(layers, Layer.unknown)) continue;
    const said = saidOf(layers),
      is: Cached = !has(layers, Layer.there)
        ? 'absent'
        : has(layers, Layer.isDirty)
          ? 'dirty'
          : has(layers, Layer.isWriteback)
            ? 'writeback'
            : 'clean';
    if (agrees(said, is, layers)) continue;
    const last = out.at(-1);
    if (last && last.to === from && last.model === said && last.kernel === is) out[out.length - 1] = { ...last, to };
    else out.push({ from, to, model: said, kernel: is });
  }
  return out;
}

function lay(strokes: Strokes, { from, to, state, order }: CacheClaim, page: bigint): void {
  const first = floorTo(from, page),
    past = ceilTo(to, page),
    folio = folioBytes(order, page),
    isWriteback = state === FolioState.writeback;
  if (state === FolioState.unknown || state === FolioState.failed) return strokes.add(Layer.unknown, first, past);
  strokes.add(Layer.present, first, past);
  if (state === FolioState.dirty || state === FolioState.folioDirty || isWriteback)
    strokes.add(isWriteback ? Layer.writeback : Layer.dirty, floorTo(from, folio), ceilTo(to, folio));
}

function saidOf(layers: number): Cached {
  if (!has(layers, Layer.present)) return 'absent';
  return has(layers, Layer.dirty) ? 'dirty' : has(layers, Layer.writeback) ? 'writeback' : 'clean';
}

function agrees(said: Cached, is: Cached, layers: number): boolean {
  if (said === 'absent' || is === 'absent') return said === is;
  if (has(layers, Layer.untold)) return true;
  return (said === 'dirty') === (is === 'dirty');
}
