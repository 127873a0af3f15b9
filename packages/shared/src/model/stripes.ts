import { maxBig, minBig } from '../units/index.ts';
import type { Strip } from './layouts.ts';

/*
 * Arithmetic of interleaved extents (spec/protocol.md 3). Chunks are dealt to strips in turn:
 *
 *   file      | 0 | 1 | 2 | 3 | 4 | 5 | 6~      nbytes ends inside chunk 6
 *   strip 0   | 0 | 3 | 6~|                     row r of strip k is chunk r * n + k
 *   strip 1   | 1 | 4 |....                     .... is slack: allocated, not part of the file
 *   strip 2   | 2 | 5 |
 *
 * A simple extent is one strip whose only chunk is all of it. All divisions floor. A layout that cannot be computed with
 * (chunk size or strips 0, a strip not told yet) has no answer; it never throws.
 */

/** What of a layout the arithmetic needs; `Layout` has it. */
export interface Striped {
  readonly from: bigint;
  readonly nbytes: bigint;
  readonly chunkSize: bigint;
  readonly strips: readonly (Strip | undefined)[];
}

/** Where a byte of the file is. */
export interface Place {
  /** Index into the layouts given. */
  readonly extent: number;
  readonly strip: number;
  readonly row: bigint;
  readonly within: bigint;
  readonly device: number;
  readonly addr: bigint;
  /** Bytes from here to the end of the chunk, the extent or the file, whichever is first. */
  readonly run: bigint;
}

/** A stretch of the file that is one stretch of a device. */
export interface DeviceRun {
  readonly from: bigint;
  readonly to: bigint;
  readonly extent: number;
  readonly strip: number;
  readonly device: number;
  readonly addr: bigint;
}

const isSound = (layout: Striped): boolean => layout.chunkSize > 0n && layout.strips.length > 0;

/** The place of a file offset; `undefined` past the end, between layouts, or on a strip not told. */
export function toPlace(layouts: readonly Striped[], size: bigint, offset: bigint): Place | undefined {
  if (offset >= size) return undefined;
  const extent = layouts.findIndex((layout) => offset >= layout.from && offset - layout.from < layout.nbytes),
    layout = layouts[extent];
  if (!layout || !isSound(layout)) return undefined;
  const local = offset - layout.from,
    c = layout.chunkSize,
    n = BigInt(layout.strips.length);
  const chunk = local / c,
    within = local % c,
    row = chunk / n,
    strip = Number(chunk % n),
    it = layout.strips[strip];
  if (!it) return undefined;
  const run = minBig(minBig(c - within, layout.nbytes - local), size - offset);
  return { extent, strip, row, within, device: it.device, addr: it.addr + row * c + within, run };
}

/** A byte of a device, seen from the file. Several hits mean overlapping strips: an error of the layout. */
export interface Hit {
  readonly extent: number;
  readonly strip: number;
  /** `undefined`: slack, allocated but no byte of the file. */
  readonly offset: bigint | undefined;
}

/** Inverse of toPlace: every strip that holds this byte of a device. */
export function toOffsets(layouts: readonly Striped[], size: bigint, device: number, addr: bigint): Hit[] {
  const hits: Hit[] = [];
  layouts.forEach((layout, extent) => {
    if (!isSound(layout)) return;
    const c = layout.chunkSize,
      n = BigInt(layout.strips.length);
    layout.strips.forEach((it, strip) => {
      if (!it || it.device !== device || addr < it.addr || addr - it.addr >= it.length) return;
      const x = addr - it.addr,
        local = ((x / c) * n + BigInt(strip)) * c + (x % c),
        offset = layout.from + local;
      hits.push({ extent, strip, offset: local < layout.nbytes && offset < size ? offset : undefined });
    });
  });
  return hits;
}

/** Bytes of each strip that the extent uses: `se_len` minus this is its slack. A strip shorter than this is an error the kernel does not see. */
export function usedBytes(layout: Striped): bigint[] {
  if (!isSound(layout)) return layout.strips.map(() => 0n);
  const c = layout.chunkSize,
    stripe = c * BigInt(layout.strips.length),
    full = layout.nbytes / stripe,
    rest = layout.nbytes % stripe;
  return layout.strips.map((_, k) => full * c + maxBig(0n, minBig(c, rest - BigInt(k) * c)));
}

/** Allocated bytes of each strip that are not part of the extent; negative where the strip is too short. */
export const slackBytes = (layout: Striped): bigint[] => usedBytes(layout).map((used, k) => (layout.strips[k]?.length ?? 0n) - used);

/** The runs of `[from, to)` in file order, one a chunk, not merged; places without an answer are left out. */
export function* chunkRuns(layouts: readonly Striped[], size: bigint, from: bigint, to: bigint): Generator<DeviceRun> {
  for (let at = from, end = minBig(to, size); at < end;) {
    const place = toPlace(layouts, size, at);
    const next = place ? at + place.run : after(layouts, at);
    if (next === undefined) return;
    if (place) yield { from: at, to: minBig(next, end), extent: place.extent, strip: place.strip, device: place.device, addr: place.addr };
    at = next;
  }
}

/** `chunkRuns`, neighbours joined where they are neighbours on one device too. Of a layout with tiny chunks only what `limit` chunks give. */
export function deviceRuns(layouts: readonly Striped[], size: bigint, from: bigint, to: bigint, limit = 1 << 16): DeviceRun[] {
  const out: DeviceRun[] = [];
  let chunks = 0;
  for (const run of chunkRuns(layouts, size, from, to)) {
    if (chunks++ === limit) break;
    const last = out.at(-1);
    if (last && last.to === run.from && last.device === run.device && last.addr + (last.to - last.from) === run.addr)
      out[out.length - 1] = { ...last, to: run.to };
    else out.push(run);
  }
  return out;
}

/** Where to go on behind a place without an answer: the next chunk of its extent, or the next extent. */
function after(layouts: readonly Striped[], at: bigint): bigint | undefined {
  const here = layouts.find((layout) => at >= layout.from && at - layout.from < layout.nbytes);
  if (here && isSound(here)) return minBig(at + here.chunkSize - ((at - here.from) % here.chunkSize), here.from + here.nbytes);
  if (here && here.nbytes > 0n) return here.from + here.nbytes;
  return layouts.reduce<bigint | undefined>(
    (next, { from }) => (from > at && (next === undefined || from < next) ? from : next),
    undefined,
  );
}

/** What one strip holds of a range of the file. */
export interface StripSpan {
  readonly strip: number;
  readonly device: number;
  readonly addr: bigint;
  readonly length: bigint;
}

/** The part of each strip between the first and the last byte of `[from, to)` on it: one stretch a strip, however many chunks. */
export function stripSpans(layout: Striped, size: bigint, from: bigint, to: bigint): StripSpan[] {
  const start = maxBig(from, layout.from) - layout.from,
    end = minBig(minBig(to, size), layout.from + layout.nbytes) - layout.from;
  if (!isSound(layout) || start >= end) return [];
  const before = usedBytes({ ...layout, nbytes: start }),
    until = usedBytes({ ...layout, nbytes: end });
  return layout.strips.flatMap((it, strip) => {
    const length = until[strip]! - before[strip]!;
    return it && length > 0n ? [{ strip, device: it.device, addr: it.addr + before[strip]!, length }] : [];
  });
}
