import type { Axis, DeviceAxis, Notation, Place } from '../../axis/index.ts';
import type { Box, Ruler, Strand, Words } from '../../draw/index.ts';
import type { FileWindow } from '../../feed/window.ts';
import type { FolioLane } from '../folio-bars.ts';
import type { Rail } from '../rails.ts';
import type { Lanes } from './lanes.ts';

/*
 *   whole file  ▬▬▬▬[▬▬▬▬▬▬]▬▬▬▬                      brush = what is in view
 *   file  0        8M        16M
 *   folios   ▒▒▓▓░░░░██▓▓
 *   pending       ▨▨▨
 *   map      ████ ·hole··· ▤▤▤▤ ██══
 *   known    ━━━━          ╌╌╌╌ ┈┈┈┈
 *             \   \  ░fray░  ______/                   ribbons keep their width
 *   device   ──██── // 1.9M // ──██──                  empty device cut out
 *             /   /
 *   b.db     ══════                                    what shares these places
 */
export interface MapInput {
  readonly window: FileWindow;
  /** Pixel 0 of the axis is the left edge of the lanes, not of the canvas. */
  readonly axis: Axis;
  readonly notation: Notation;
  readonly isCompact: boolean;
  /** The model's time now, for the flash of what changed; nanoseconds. */
  readonly now: bigint;
  /** Where the clock on screen begins; undefined: no moments are said. */
  readonly origin?: bigint | undefined;
  /** `prefers-reduced-motion`: a flash stands still until it goes. */
  readonly isStill?: boolean;
}

/** One extent of the window (or a share of a bin), as one thing that can be pointed at. */
export interface Piece {
  readonly layer: 'data' | 'pending';
  readonly from: bigint;
  readonly to: bigint;
  readonly addr: bigint;
  readonly device: number;
  readonly type: number;
  readonly flags: number;
  readonly how: number;
  readonly op: number;
  readonly since: bigint;
  /** More than 1: several extents, because they are too fine to be drawn apart. */
  readonly pieces: number;
  /** The part that is in view, in pixels: exact, perhaps thinner than one. */
  readonly x0: number;
  readonly x1: number;
  /** Where the part in view is on its device; undefined: no place (hole, delalloc, unknown), or with the inode. */
  readonly place: Place | undefined;
  readonly box: Box;
}

/** A lane of a map: pieces with a box each, and pixel columns where they are too fine for that. */
export interface MapLane {
  /** In the order in which they are drawn: wide, then thin ones over them. Holes too: they are paper. */
  readonly pieces: readonly Piece[];
  readonly columns: readonly Column[];
}

/** One pixel column stacked by share, in fixed order from the top down. */
export interface Stack {
  readonly x: number;
  readonly parts: readonly { readonly type: number; readonly y: number; readonly h: number }[];
  readonly isShared: boolean;
  /** What it stands for: `212 pieces, 3 holes`. */
  readonly pieces: number;
  readonly holes: number;
}

/** A column of a file's map: the bytes under its pixel. */
export interface Column extends Stack {
  readonly from: bigint;
  readonly to: bigint;
}

export interface Ribbon extends Strand {
  readonly piece: Piece;
  /** 1, or for a band the share of its stretch of the file that goes its way. */
  readonly weight: number;
}

/** Dirty or outgoing bytes on their way. Without a place they fray out: delalloc has none yet, and a hole was not asked for one yet. */
export interface Thread {
  readonly from: bigint;
  readonly to: bigint;
  readonly x0: number;
  readonly x1: number;
  readonly end: readonly [x2: number, x3: number] | 'delalloc' | 'unasked';
  readonly isWriteback: boolean;
}

/** A place of this file on the device lane. */
export interface DeviceBar {
  readonly box: Box;
  readonly piece: Piece;
}

/** Bytes that two files hold together: `from` and `to` are ours, `theirs` is where they begin in the other file. */
export interface Link extends Strand {
  readonly from: bigint;
  readonly to: bigint;
  readonly theirs: bigint;
}

export interface SharerLane {
  readonly path: string;
  readonly inode: number;
  readonly map: MapLane;
  /** Parts of the file that hold none of our places, and were not told. */
  readonly untold: readonly Box[];
  readonly ruler: Ruler;
  /** From our device lane to its lane. */
  readonly links: readonly Link[];
  /** Others that share these places but have no lane. */
  readonly more: number;
}

export interface Whole {
  readonly pieces: readonly { readonly x: number; readonly w: number; readonly type: number; readonly flags: number }[];
  readonly dirt: readonly { readonly x: number; readonly w: number; readonly state: number }[];
  readonly brush: Box;
}

export interface MapScene {
  readonly inode: number;
  readonly width: number;
  readonly height: number;
  readonly axis: Axis;
  readonly name: string;
  readonly notation: Notation;
  readonly blockSize: number;
  readonly pageSize: number;
  readonly origin: bigint | undefined;
  /** End of the file as drawn: its last block whole. */
  readonly end: bigint;
  readonly lanes: Lanes;
  readonly whole: Whole;
  readonly ruler: Ruler;
  readonly folios: FolioLane;
  readonly pending: readonly Piece[];
  readonly map: MapLane;
  /** The worker sent bins: what lies at the edge of two is counted in both, and places in them are not exact. */
  readonly isBinned: boolean;
  /** Pieces under 5 px have a pin above the lane: their middles. */
  readonly pins: readonly number[];
  /** Pieces that touch and are known alike, as one rail. */
  readonly rails: readonly Rail[];
  readonly ribbons: readonly Ribbon[];
  readonly threads: readonly Thread[];
  /** Stubs of what has no place yet. */
  readonly stubs: readonly Box[];
  readonly device: DeviceAxis;
  /** Pixel 0 of the device axis: the left edge of the lanes, or right of the inode's box. */
  readonly deviceLeft: number;
  readonly deviceNames: ReadonlyMap<number, string>;
  readonly deviceBars: readonly DeviceBar[];
  /** Not empty: drawn instead of the bars, which are too many. */
  readonly deviceColumns: readonly Stack[];
  /** Where data that lies with the inode ends, left of the device. */
  readonly inodeBox: Box | undefined;
  readonly sharer: SharerLane | undefined;
  /** What changed lately; `age` from 0 to 1. Too much for a frame each: the edge of all lanes instead. */
  readonly flashes: readonly { readonly box: Box; readonly age: number; readonly isEdge: boolean }[];
  readonly words: readonly Words[];
  /** For the header: how many bytes a pixel, and the device's scale. */
  readonly say: string;
}

/** A range of this file, and whether it is what the pointer or the selection is about. */
export type IsLit = (range: { readonly from: bigint; readonly to: bigint }) => boolean;
