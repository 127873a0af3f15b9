import type { Palette, Pen } from '../../draw/index.ts';
import type { Target } from '../../feed/target.ts';
import type { FileWindow } from '../../feed/window.ts';
import { foliosView, type FoliosInput } from '../folios/index.ts';
import { mapView } from '../map/index.ts';
import { stripsView } from '../strips/index.ts';
import { layFolios, layMap, layStrips } from './lay.ts';
import { copyOnWrite, delalloc, folios, fragmented, lost, plain, striped, tiny, unasked, walk } from './files.ts';
import { K, M } from './story.ts';

/** A picture that can be asked for: which view of which file, what of it is in view, what is lit. */
export interface Picture {
  readonly view: 'map' | 'strips' | 'folios';
  readonly window: FileWindow;
  readonly range?: readonly [from: bigint, to: bigint];
  readonly lit?: Target;
  readonly at?: bigint;
  readonly past?: FoliosInput['past'];
  readonly isCompact?: boolean;
}

export const pictures: Readonly<Record<string, () => Picture>> = {
  'map-plain': () => ({ view: 'map', window: plain().window(1) }),
  'map-hover': () => ({
    view: 'map',
    window: plain().window(1),
    lit: { kind: 'extent', inode: 1, layer: 'data', from: 4n * M + 8n * K, to: 5n * M },
  }),
  'map-zoom': () => ({ view: 'map', window: plain().window(1, 3n * M, 5n * M), range: [4n * M - 64n * K, 4n * M + 128n * K] }),
  'map-delalloc': () => ({ view: 'map', window: delalloc().window(1), range: [M - 146n * K, M + 346n * K] }),
  'map-cow': () => ({ view: 'map', window: copyOnWrite().window(1), range: [M - 146n * K, M + 346n * K] }),
  'map-unasked': () => ({ view: 'map', window: unasked().window(1) }),
  'map-lost': () => ({ view: 'map', window: lost().window(1) }),
  'map-inline': () => ({ view: 'map', window: tiny().window(1) }),
  'map-600': () => ({ view: 'map', window: fragmented(600).window(1) }),
  'map-600-zoom': () => ({ view: 'map', window: fragmented(600).window(1, 0n, 2n * M), range: [0n, M] }),
  'map-bins': () => ({ view: 'map', window: fragmented(20_000).window(1) }),
  'map-striped': () => ({ view: 'map', window: striped(4, 2n * M, 3n, 5n * M + 100n).window(1) }),
  'map-compact': () => ({ view: 'map', window: plain().window(1), isCompact: true }),
  'strips-4': () => ({
    view: 'strips',
    window: striped(4, 2n * M, 2n, 3n * M + 100n).window(1),
    at: 12n * M + 4321n,
    lit: { kind: 'chunk', inode: 1, layout: 0, from: 12n * M, to: 13n * M - 100n },
  }),
  'strips-rows': () => ({ view: 'strips', window: striped(3, 256n * K, 14n, 300n * K).window(1) }),
  'strips-weave': () => ({ view: 'strips', window: striped(5, 64n * K, 141n, 400n * K).window(1) }),
  'strips-far': () => ({ view: 'strips', window: striped(4, 64n * K, 4_000n, 400n * K).window(1) }),
  'strips-1': () => ({ view: 'strips', window: striped(1, M, 5n, 100n).window(1), at: 3n * M }),
  'strips-32': () => ({ view: 'strips', window: striped(32, 256n * K, 4n, 5n * M).window(1) }),
  'strips-none': () => ({ view: 'strips', window: plain().window(1) }),
  'folios-large': () => ({ view: 'folios', window: folios().window(1), at: 0n }),
  'folios-zoom': () => ({ view: 'folios', window: folios().window(1, 0n, M), range: [0n, 256n * K] }),
  'folios-walk': () => ({ view: 'folios', ...walk() }),
};

/** A picture laid out on a canvas of this size, ready to be painted. */
export function laidOut(
  { view, window, range, lit, at, past, isCompact }: Picture,
  width: number,
  height: number,
): (pen: Pen, palette: Palette) => void {
  const size = { width, height, range };
  if (view === 'map') {
    const scene = layMap(window, { ...size, isCompact });
    return (pen, palette) => mapView.draw(pen, scene, palette, lit);
  }
  if (view === 'strips') {
    const scene = layStrips(window, { ...size, at });
    return (pen, palette) => stripsView.draw(pen, scene, palette, lit);
  }
  const scene = layFolios(window, { ...size, lensAt: at, past });
  return (pen, palette) => foliosView.draw(pen, scene, palette, lit);
}
