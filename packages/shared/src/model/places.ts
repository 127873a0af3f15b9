import { type How, MapLayer, NO_ADDR } from '../trace/index.ts';
import { compareBig, maxBig, minBig, putU64, U64_MAX } from '../units/index.ts';
import { FROM, TO } from './chunk.ts';
import { addrOf, deviceOf, type Extent, extentAt, type ExtentMap } from './extents.ts';
import type { FileState } from './file-state.ts';
import type { Model } from './model.ts';
import { toOffsets, toPlace } from './stripes.ts';

/** A stretch of a map that lies on a device. */
export interface PlacedRun {
  readonly from: bigint;
  readonly to: bigint;
  /** Of `from`. */
  readonly addr: bigint;
  readonly how: How;
}

/** The same, of a file and one of its two maps. */
export interface Sharer extends PlacedRun {
  readonly inode: number;
  readonly layer: MapLayer;
}

/** Who is at a byte of a device. */
export interface Resident {
  readonly inode: number;
  /** `undefined`: allocated to the file (slack of a strip), but no byte of it. */
  readonly offset: bigint | undefined;
  /** pending: space of a copy on write, or of a delayed allocation, that is not remapped yet. */
  readonly layer: MapLayer;
  readonly how: How;
}

const layers = [MapLayer.data, MapLayer.pending] as const;
const mapOf = (file: FileState, layer: MapLayer): ExtentMap => (layer === MapLayer.pending ? file.pending : file.data);

/** The extents of a map in `[addr, end)` of a device, cut to it, by address. Looks at every extent: a million are some ten milliseconds. */
export function runsAt(map: ExtentMap, device: number, addr: bigint, end: bigint): PlacedRun[] {
  const out: PlacedRun[] = [];
  putU64(window, FROM, addr);
  putU64(window, TO, end);
  map.eachOn(device, window, (chunk, i) => void out.push(cut(extentAt(chunk, i), addr, end)));
  return out.sort(byPlace);
}

const window = new Uint32Array(4);

function cut(extent: Extent, addr: bigint, end: bigint): PlacedRun {
  const start = maxBig(extent.addr, addr),
    stop = minBig(extent.addr + (extent.to - extent.from), end),
    from = extent.from + (start - extent.addr);
  return { from, to: from + (stop - start), addr: start, how: extent.how };
}

const byPlace = (a: PlacedRun, b: PlacedRun): number => compareBig(a.addr, b.addr) || compareBig(a.from, b.from);

/** Stretches of devices, none overlapping: by device, then by address. */
interface Stretch {
  readonly device: number;
  readonly addr: bigint;
  end: bigint;
}

/** Where a range of a map lies: what of it lies together is one stretch. */
function stretchesOf(map: ExtentMap, from: bigint, to: bigint): Stretch[] {
  const all: Stretch[] = [];
  map.each(from, to, (chunk, i) => {
    const addr = addrOf(chunk, i),
      start = maxBig(chunk.from(i), from),
      at = addr + (start - chunk.from(i));
    if (addr !== NO_ADDR) all.push({ device: deviceOf(chunk, i), addr: at, end: at + (minBig(chunk.to(i), to) - start) });
  });
  const out: Stretch[] = [];
  for (const stretch of all.sort((a, b) => a.device - b.device || compareBig(a.addr, b.addr))) {
    const last = out.at(-1);
    if (last && last.device === stretch.device && last.end >= stretch.addr) last.end = maxBig(last.end, stretch.end);
    else out.push(stretch);
  }
  return out;
}

/** The first stretch that ends behind `addr` of `device`. */
function firstBehind(stretches: readonly Stretch[], device: number, addr: bigint): number {
  let low = 0,
    high = stretches.length;
  while (low < high) {
    const middle = (low + high) >>> 1,
      it = stretches[middle]!;
    if (it.device > device || (it.device === device && it.end > addr)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * What other files have of the places that `[from, to)` of this one's data map is at: by inode, map, then by address. Files that are
 * gone share nothing.
 */
export function sharers(model: Model, inode: number, from: bigint, to: bigint): Sharer[] {
  const file = model.files.find(inode),
    stretches = file ? stretchesOf(file.data, from, to) : [],
    out: Sharer[] = [];
  if (stretches.length === 0) return out;
  for (const other of living(model)) {
    if (other === file) continue;
    for (const layer of layers) {
      const runs: PlacedRun[] = [];
      mapOf(other, layer).each(0n, U64_MAX, (chunk, i) => {
        const addr = addrOf(chunk, i),
          device = deviceOf(chunk, i);
        if (addr === NO_ADDR) return;
        const end = addr + (chunk.to(i) - chunk.from(i));
        for (let k = firstBehind(stretches, device, addr); k < stretches.length; k++) {
          const it = stretches[k]!;
          if (it.device !== device || it.addr >= end) break;
          runs.push(cut(extentAt(chunk, i), it.addr, it.end));
        }
      });
      for (const run of runs.sort(byPlace)) out.push({ inode: other.inode, layer, ...run });
    }
  }
  return out;
}

/** Whose byte a byte of a device is: by extents, else by the strips of a layout. Several where it is shared, none where nobody told. */
export function residents(model: Model, device: number, addr: bigint): Resident[] {
  const out: Resident[] = [];
  for (const file of living(model)) {
    let isFound = false;
    for (const layer of layers)
      for (const { from, how } of runsAt(mapOf(file, layer), device, addr, addr + 1n)) {
        out.push({ inode: file.inode, offset: from, layer, how });
        isFound ||= layer === MapLayer.data;
      }
    if (isFound || file.layouts.size === 0) continue;
    const layouts = file.layouts.list();
    // Several: strips overlap, and it is not known which of them is right.
    for (const { extent, offset } of toOffsets(layouts, file.size, device, addr))
      out.push({ inode: file.inode, offset, layer: MapLayer.data, how: layouts[extent]!.how });
  }
  return out;
}

/** Files that are there and of which something is known, by inode. */
const living = (model: Model): FileState[] => [...model.files.known()].filter(({ gone }) => !gone).sort((a, b) => a.inode - b.inode);

/** Where a byte of a file is: by its extents, else by its layouts. */
export function placeOf(
  file: FileState,
  offset: bigint,
): { readonly device: number; readonly addr: bigint; readonly how: How } | undefined {
  const extent = file.data.at(offset);
  if (extent && extent.addr !== NO_ADDR) return { device: extent.device, addr: extent.addr + (offset - extent.from), how: extent.how };
  const layouts = file.layouts.list(),
    place = toPlace(layouts, file.size, offset);
  return place && { device: place.device, addr: place.addr, how: layouts[place.extent]!.how };
}
