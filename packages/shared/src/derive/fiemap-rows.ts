import { type FrameBuilder, How, Kind, MapLayer, MapType, NO_ADDR, SourceId, type Where } from '../trace/index.ts';
import { ExtentFlag, type FiemapColumns, FiemapFlag } from '../wire/index.ts';
import type { ToldPlace } from './btrfs/told-places.ts';
import { type DelallocSeen, extentFlagsOfFiemap, typeOfFiemap, unsure } from './fiemap-meaning.ts';

/** One piece of an extent on one device. */
export interface PlacedPiece {
  /** Bytes. */
  readonly length: bigint;
  /** Stream-local number. */
  readonly device: number;
  readonly addr: bigint;
  /** There are further copies elsewhere. */
  readonly isCopied: boolean;
}

/** The one device whose places the addresses are, or where `length` bytes at an address lie, in pieces that make up `length`. */
export type Placing = number | ((addr: bigint, length: bigint) => readonly PlacedPiece[]);

/** What FIEMAP told of the bytes [from, to) of a file at one moment. */
export interface MapTold {
  /** Stream-local number. */
  readonly inode: number;
  readonly from: bigint;
  readonly to: bigint;
  /** When it was asked: what events say of later times is newer. */
  readonly at: bigint;
  /** Records from `from` on, in order; between them are holes. */
  readonly extents: FiemapColumns;
  readonly placing: Placing;
  readonly delalloc: DelallocSeen;
  /** Which part of the range it is about: `Where.everywhere`, or only where nothing is known. */
  readonly where?: Where;
  /** Whether it will be told when an extent becomes shared, or no longer is. Otherwise what FIEMAP says of that is true of its moment alone, and not said. Default true. */
  readonly followsSharing?: boolean;
  /** Hears of each range whose place is told. */
  readonly lies?: (it: ToldPlace) => void;
}

/**
 * The `extent` rows that say it, for both maps of the file: the whole range is told, holes too, and each row is true by itself. `full` is called when
 * the frame has no room left and must make some.
 */
export function sayMap(rows: FrameBuilder, told: MapTold, full: () => void): void {
  const { extents, placing, delalloc, to } = told,
    say = speaker(rows, told, full);
  /** Where the hole that is going on began, and the range in which nothing waits for a place. */
  let hole = told.from,
    quiet: bigint | undefined = told.from,
    end = told.from;
  const unquiet = (at: bigint): void => {
    if (quiet !== undefined) say.pending(quiet, at, MapType.HOLE);
    quiet = undefined;
  };
  for (let i = 0; i < extents.count; i++) {
    const from = extents.offset[i]!,
      length = extents.length[i]!,
      flags = extents.flags[i]!,
      type = typeOfFiemap(flags);
    if (from > end) quiet ??= end;
    end = from + length;
    if (type === MapType.DELALLOC) {
      unquiet(from);
      say.pending(from, end, MapType.DELALLOC);
      continue;
    }
    if (delalloc === 'holes' || (delalloc === 'unshared' && (flags & FiemapFlag.SHARED) !== 0)) unquiet(from);
    else quiet ??= from;
    say.data(hole, from, MapType.HOLE, NO_ADDR, 0, 0);
    hole = end;
    const kept = extentFlagsOfFiemap(flags);
    if (type === MapType.INLINE || type === MapType.UNKNOWN) {
      say.data(from, end, type, NO_ADDR, 0, kept);
      continue;
    }
    const start = extents.addr[i]!,
      isEncoded = (flags & FiemapFlag.ENCODED) !== 0;
    if (typeof placing === 'number') say.placed(from, end, type, start, start, placing, kept);
    else {
      let at = from;
      // The place of compressed bytes is that of the whole extent: there is nothing to cut.
      for (const piece of placing(start, isEncoded ? 1n : length)) {
        const next = isEncoded ? end : at + piece.length;
        say.placed(at, next, type, start + (at - from), piece.addr, piece.device, kept | (piece.isCopied ? ExtentFlag.COPIES : 0));
        at = next;
      }
    }
  }
  if (to > end) quiet ??= end;
  say.data(hole, to, MapType.HOLE, NO_ADDR, 0, 0);
  unquiet(to);
}

function speaker(rows: FrameBuilder, { inode, at, where = 0, followsSharing = true, lies }: MapTold, full: () => void) {
  const row = (role: MapLayer, from: bigint, to: bigint, type: MapType): number => {
    if (rows.isFull) full();
    const i = rows.row(Kind.extent, at);
    rows.inode[i] = inode;
    rows.source[i] = SourceId.fiemap;
    rows.how[i] = How.reported;
    rows.role[i] = role;
    rows.offset[i] = from;
    rows.length[i] = to - from;
    rows.type[i] = type;
    rows.result[i] = BigInt(where);
    return i;
  };
  const data = (from: bigint, to: bigint, type: MapType, addr: bigint, device: number, flags: number): void => {
    if (to <= from) return;
    const i = row(MapLayer.data, from, to, type);
    rows.addr[i] = addr;
    rows.device[i] = device;
    rows.flags[i] = flags;
  };
  return {
    pending(from: bigint, to: bigint, type: MapType): void {
      if (to > from) row(MapLayer.pending, from, to, type);
    },
    data,
    placed(from: bigint, to: bigint, type: MapType, logical: bigint, addr: bigint, device: number, flags: number): void {
      data(from, to, type, addr, device, followsSharing ? flags : unsure(flags));
      if (to > from) lies?.({ from, to, logical, addr, device, flags });
    },
  };
}
