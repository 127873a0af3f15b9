import { type Extent, type FileState, layered, type Layout, type Model } from '@mapscope/shared/model';
import { MapType, NO_ADDR } from '@mapscope/shared/trace';
import { maxBig, utf8Text } from '@mapscope/shared/units';
import { extentFlags } from '@mapscope/shared/wire';

/** One extent as scripts read it: u64 as decimal strings, names as in the headers without prefix. */
export interface ShownExtent {
  readonly offset: string;
  readonly length: string;
  /** Bytes from the start of the device; null: no place. */
  readonly addr: string | null;
  /** A path that can be opened. */
  readonly device: string | null;
  readonly type: string;
  readonly flags: readonly string[];
}

export interface ShownStrip {
  readonly device: string | null;
  readonly offset: string;
  readonly len: string;
}

/** An interleaved extent. Field names: famfs `fuse_famfs_iext`, `simple_ext` without prefix (spec/protocol.md 1.3). */
export interface ShownLayout {
  /** First byte of the file. */
  readonly offset: string;
  readonly nbytes: string;
  readonly chunk_size: string;
  readonly nstrips: number;
  readonly strips: readonly (ShownStrip | null)[];
}

export interface Shown {
  /** Below the mount. */
  readonly file: string;
  readonly size: string;
  /** The filesystem's own, where `size` is more: a cached write has made the file longer, and nobody has told the filesystem yet. */
  readonly reportedSize?: string;
  readonly extents: readonly ShownExtent[];
  readonly layouts: readonly ShownLayout[];
}

/** The living file that the filesystem of our mount calls `ino`. */
export function fileOf(model: Model, ino: bigint): FileState | undefined {
  for (const file of model.files.all()) if (file.ino === ino && file.introduced && !file.gone && file.device === 0) return file;
  return undefined;
}

/**
 * The extents of a file now. What is not known is UNKNOWN; what has been written but has no place yet is DELALLOC. `seen`: the size that
 * stat(2) says, which behind a writeback cache is ahead of the filesystem's and never behind it. Only who does not serve the mount may ask.
 */
export function show(model: Model, file: FileState, seen = 0n): Shown {
  const size = maxBig(seen, file.size),
    path = pathIn(model);
  return {
    file: file.pathText,
    size: String(size),
    ...(size > file.size && { reportedSize: String(file.size) }),
    extents: merged(layered(file, size)).map((extent) => shownExtent(extent, path(extent.device))),
    layouts: file.layouts.list().map((layout) => shownLayout(layout, path)),
  };
}

/** The path of a device that can be opened; null: nobody introduced it. */
export const pathIn =
  (model: Model) =>
  (device: number): string | null => {
    const found = model.devices.get(device);
    return found ? utf8Text(found.path) : null;
  };

/** A table of numbers the other way round. */
export const namesOf = (table: Readonly<Record<string, number>>): ReadonlyMap<number, string> =>
  new Map(Object.entries(table).map(([name, value]) => [value, name]));
const typeNames = namesOf(MapType);

/** `path`: that of its device; null where damage took the row that introduced it: then the address stands alone. */
export function shownExtent({ from, to, addr, device, type, flags }: Extent, path: string | null): ShownExtent {
  const isPlaced = addr !== NO_ADDR && device !== 0 && (type === MapType.MAPPED || type === MapType.UNWRITTEN);
  return {
    offset: String(from),
    length: String(to - from),
    addr: isPlaced ? String(addr) : null,
    device: isPlaced ? path : null,
    type: typeNames.get(type) ?? `${type}?`,
    flags: extentFlags.names(flags),
  };
}

export const shownLayout = ({ from, nbytes, chunkSize, strips }: Layout, path: (device: number) => string | null): ShownLayout => ({
  offset: String(from),
  nbytes: String(nbytes),
  chunk_size: String(chunkSize),
  nstrips: strips.length,
  strips: strips.map((strip) => (strip ? { device: path(strip.device), offset: String(strip.addr), len: String(strip.length) } : null)),
});

/** Neighbours that go on in file and device, of one type and flags, are one extent, whoever said so and when. */
function merged(extents: readonly Extent[]): Extent[] {
  const out: { -readonly [K in keyof Extent]: Extent[K] }[] = [];
  for (const extent of extents) {
    const last = out.at(-1);
    if (last && continues(last, extent)) last.to = extent.to;
    else out.push({ ...extent });
  }
  return out;
}

const continues = (a: Extent, b: Extent): boolean =>
  a.to === b.from &&
  a.type === b.type &&
  a.flags === b.flags &&
  (a.addr === NO_ADDR ? b.addr === NO_ADDR : a.device === b.device && b.addr === a.addr + (b.from - a.from));
