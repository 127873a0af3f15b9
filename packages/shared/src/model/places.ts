import { NO_ADDR } from '../trace/index.ts';
import { maxBig, minBig, U64_MAX } from '../units/index.ts';
import { addrOf, deviceOf, type ExtentMap } from './extents.ts';
import type { FileState } from './file-state.ts';
import type { Model } from './model.ts';
import { toOffsets, toPlace } from './stripes.ts';

/** A stretch of a file on a device. */
export interface PlacedRun {
  readonly inode: number;
  readonly from: bigint;
  readonly to: bigint;
  readonly addr: bigint;
}

/** Who is at a byte of a device. */
export interface Resident {
  readonly inode: number;
  /** `undefined`: allocated to the file (slack of a strip), but no byte of it. */
  readonly offset: bigint | undefined;
}

/**
 * The extents of one map by their place: for each device sorted by address, with the furthest end so far beside each, since
 * extents of one file may share a place too.
 */
interface PlaceIndex {
  readonly version: number;
  readonly devices: ReadonlyMap<number, Column>;
}
interface Column {
  readonly addr: BigUint64Array;
  readonly end: BigUint64Array;
  /** Largest `end` of this row and those before: where looking back may stop. */
  readonly reach: BigUint64Array;
  readonly from: BigUint64Array;
}

const indexes = new WeakMap<ExtentMap, PlaceIndex>();

/** Built when it is first asked for after a change. */
function indexOf(map: ExtentMap): PlaceIndex {
  const known = indexes.get(map);
  if (known?.version === map.version) return known;
  const rows = new Map<number, { addr: bigint; end: bigint; from: bigint }[]>();
  map.each(0n, U64_MAX, (chunk, i) => {
    const addr = addrOf(chunk, i),
      device = deviceOf(chunk, i),
      from = chunk.from(i);
    if (addr === NO_ADDR) return;
    let list = rows.get(device);
    if (!list) rows.set(device, (list = []));
    list.push({ addr, end: minBig(addr + (chunk.to(i) - from), U64_MAX), from });
  });
  const devices = new Map([...rows].map(([device, list]) => [device, columnOf(list)]));
  const made = { version: map.version, devices };
  indexes.set(map, made);
  return made;
}

function columnOf(list: { addr: bigint; end: bigint; from: bigint }[]): Column {
  list.sort((a, b) => (a.addr < b.addr ? -1 : a.addr > b.addr ? 1 : 0));
  const column = {
    addr: new BigUint64Array(list.length),
    end: new BigUint64Array(list.length),
    reach: new BigUint64Array(list.length),
    from: new BigUint64Array(list.length),
  };
  let reach = 0n;
  list.forEach((row, k) => {
    reach = maxBig(reach, row.end);
    column.addr[k] = row.addr;
    column.end[k] = row.end;
    column.reach[k] = reach;
    column.from[k] = row.from;
  });
  return column;
}

/** Extents of a file in `[addr, end)` of a device, cut to it, by address. */
export function runsAt(file: FileState, device: number, addr: bigint, end: bigint): PlacedRun[] {
  const column = indexOf(file.data).devices.get(device),
    out: PlacedRun[] = [];
  if (!column) return out;
  let low = 0,
    high = column.addr.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (column.addr[middle]! < end) low = middle + 1;
    else high = middle;
  }
  for (let k = low - 1; k >= 0 && column.reach[k]! > addr; k--) {
    if (column.end[k]! <= addr) continue;
    const start = maxBig(column.addr[k]!, addr),
      from = column.from[k]! + (start - column.addr[k]!);
    out.push({ inode: file.inode, from, to: from + (minBig(column.end[k]!, end) - start), addr: start });
  }
  return out.reverse();
}

/** What other files have of the places that `[from, to)` of this one is at: sorted by inode, then by address. Files that are gone share nothing. */
export function sharers(model: Model, inode: number, from: bigint, to: bigint): PlacedRun[] {
  const file = model.files.find(inode),
    out: PlacedRun[] = [];
  if (!file) return out;
  const places: { device: number; addr: bigint; end: bigint }[] = [];
  file.data.each(from, to, (chunk, i) => {
    const addr = addrOf(chunk, i),
      start = maxBig(chunk.from(i), from);
    if (addr === NO_ADDR) return;
    const place = addr + (start - chunk.from(i));
    places.push({ device: deviceOf(chunk, i), addr: place, end: place + (minBig(chunk.to(i), to) - start) });
  });
  if (places.length === 0) return out;
  for (const other of [...model.files.all()].sort((a, b) => a.inode - b.inode)) {
    if (other === file || other.gone || other.data.size === 0) continue;
    for (const { device, addr, end } of places) out.push(...runsAt(other, device, addr, end));
  }
  return out;
}

/** Whose byte a byte of a device is: by extents, else by the strips of a layout. Several where it is shared, none where nobody told. */
export function residents(model: Model, device: number, addr: bigint): Resident[] {
  const out: Resident[] = [];
  for (const file of model.files.all()) {
    if (file.gone) continue;
    const runs = runsAt(file, device, addr, addr + 1n);
    for (const run of runs) out.push({ inode: file.inode, offset: run.from });
    if (runs.length > 0 || file.layouts.size === 0) continue;
    const [hit] = toOffsets(file.layouts.list(), file.size, device, addr);
    if (hit) out.push({ inode: file.inode, offset: hit.offset });
  }
  return out.sort((a, b) => a.inode - b.inode);
}

/** Where a byte of a file is: by its extents, else by its layouts. */
export function placeOf(file: FileState, offset: bigint): { readonly device: number; readonly addr: bigint } | undefined {
  const extent = file.data.at(offset);
  if (extent && extent.addr !== NO_ADDR) return { device: extent.device, addr: extent.addr + (offset - extent.from) };
  return toPlace(file.layouts.list(), file.size, offset);
}
