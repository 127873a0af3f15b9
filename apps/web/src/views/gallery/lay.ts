import { type Axis, axisOver } from '../../axis/index.ts';
import type { FileWindow } from '../../feed/window.ts';
import { type FoliosInput, type FoliosScene, foliosView } from '../folios/index.ts';
import { type MapInput, type MapScene, mapView } from '../map/index.ts';
import { type StripsInput, type StripsScene, stripsView } from '../strips/index.ts';

interface Size {
  readonly width?: number;
  readonly height?: number;
  /** Bytes in view; undefined: the whole file. */
  readonly range?: readonly [from: bigint, to: bigint] | undefined;
}

/** A lane of 850 px on the map. */
const WIDTH = 958,
  HEIGHT = 588;

const over = (window: FileWindow, range: Size['range'], lane: { readonly width: number }): Axis => {
  const [from, to] = range ?? [0n, window.end];
  return axisOver(from, to, lane.width);
};

export const layMap = (window: FileWindow, { width = WIDTH, height = HEIGHT, range, ...rest }: Size & Partial<MapInput> = {}): MapScene =>
  // Long after the last change: nothing flashes.
  mapView.layout(
    {
      window,
      axis: over(window, range, mapView.lane(width)),
      notation: 'dec',
      isCompact: false,
      now: window.until + 5_000_000_000n,
      ...rest,
    },
    width,
    height,
  );

export const layStrips = (
  window: FileWindow,
  { width = WIDTH, height = HEIGHT, range, ...rest }: Size & Partial<StripsInput> = {},
): StripsScene =>
  stripsView.layout({ window, axis: over(window, range, stripsView.lane(width)), notation: 'dec', at: undefined, ...rest }, width, height);

export const layFolios = (
  window: FileWindow,
  { width = WIDTH, height = HEIGHT, range, past = [], ...rest }: Size & Partial<FoliosInput> = {},
): FoliosScene =>
  foliosView.layout(
    { window, axis: over(window, range, foliosView.lane(width)), notation: 'dec', lensAt: undefined, past, ...rest },
    width,
    height,
  );
