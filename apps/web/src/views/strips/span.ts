import { maxBig, minBig } from '@mapscope/shared/units';
import { type Axis, byteUnder, toPx } from '../../axis/index.ts';
import type { LayoutView } from '../../feed/window.ts';
import type { StripsInput } from './scene.ts';

/** What of an interleaved extent is in view, counted in chunks and rows. Facts: spec/protocol.md 3. */
export interface Span {
  readonly layout: LayoutView;
  readonly strips: bigint;
  readonly chunkSize: bigint;
  /** Bytes of it that the file has. */
  readonly covered: bigint;
  /** All chunks and rows; the last of each may be partial. */
  readonly chunks: bigint;
  readonly rows: bigint;
  /** Rows in view: [firstRow, endRow). */
  readonly firstRow: bigint;
  readonly endRow: bigint;
}

/** Undefined where there is nothing to compute with: no strips, a chunk of 0, no byte in the file. */
export function spanOf(layout: LayoutView, size: bigint, axis: Axis, width: number): Span | undefined {
  const strips = BigInt(layout.strips.length),
    chunkSize = layout.chunkSize,
    covered = minBig(layout.nbytes, maxBig(0n, size - layout.from));
  if (strips === 0n || chunkSize <= 0n || covered <= 0n) return undefined;
  const stripe = chunkSize * strips,
    rows = (covered + stripe - 1n) / stripe,
    firstRow = minBig(rows - 1n, maxBig(0n, byteUnder(axis, 0) - layout.from) / stripe),
    end = minBig(covered, maxBig(1n, byteUnder(axis, width) - layout.from + 1n));
  return {
    layout,
    strips,
    chunkSize,
    covered,
    chunks: (covered + chunkSize - 1n) / chunkSize,
    rows,
    firstRow,
    endRow: maxBig(firstRow + 1n, (end + stripe - 1n) / stripe),
  };
}

/** The interleaved extent of the byte in question, else the one in the middle of the picture, else the first that is in view, else the first. */
export function layoutInView({ window: { layouts }, at, axis }: StripsInput, width: number): LayoutView | undefined {
  const holding = (byte: bigint): LayoutView | undefined => layouts.find((it) => it.from <= byte && byte < it.from + it.nbytes);
  const ends = (it: LayoutView): boolean => toPx(axis, it.from + it.nbytes) > 0 && toPx(axis, it.from) < width;
  return (at === undefined ? undefined : holding(at)) ?? holding(byteUnder(axis, width / 2)) ?? layouts.find(ends) ?? layouts[0];
}
