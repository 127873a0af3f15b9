import type { Axis, Notation } from '../../axis/index.ts';
import type { Box, Ruler, Words } from '../../draw/index.ts';
import type { FileWindow, FolioRuns } from '../../feed/window.ts';
import type { FolioLane } from '../folio-bars.ts';

/*
 *   now    ▒▒▒▒▓▓▓▓░░░░████        the page cache of the range in view
 *   lens     [▢▢▣▣▣▣▢▢]           32 blocks under the pointer, each a cell in its folio's frame
 *   time ↓ ▒▒▒▒▓▓      |▏          waterfall: down the time; beside it the dirty bytes as a silhouette
 */
export interface FoliosInput {
  readonly window: FileWindow;
  readonly axis: Axis;
  readonly notation: Notation;
  /** Byte the lens is over; undefined: the gravest thing there is. */
  readonly lensAt: bigint | undefined;
  /** Pictures of earlier moments, oldest first. */
  readonly past: readonly Moment[];
  /** Another moment than the newest is on screen. */
  readonly isBack?: boolean;
  /** Where the clock on screen begins; undefined: no moments are said. */
  readonly origin?: bigint | undefined;
}

/** The page cache at one time, as the page saw it. */
export interface Moment {
  readonly at: bigint;
  readonly folios: FolioRuns;
  readonly dirty: bigint;
  /** The range that was looked at; outside of it nothing is known of that moment. Undefined: all that is in view. */
  readonly from?: bigint;
  readonly to?: bigint;
}

/** A block under the lens. */
export interface Cell {
  readonly box: Box;
  readonly from: bigint;
  readonly to: bigint;
  /** Undefined: not in the cache. */
  readonly state: number | undefined;
  readonly order: number;
  readonly how: number;
  readonly since: bigint;
}

export interface Lens {
  readonly box: Box;
  readonly from: bigint;
  readonly to: bigint;
  /** What of the now-strip is under it. */
  readonly mark: Box;
  readonly cells: readonly Cell[];
  /** Folios whose size is known. */
  readonly frames: readonly Box[];
}

/** A stretch of one state at one moment; fresh: it was not dirty a moment before. */
export interface Stretch {
  readonly x: number;
  readonly w: number;
  /** FolioState; `UNSEEN`: nobody looked there then. */
  readonly state: number;
  readonly isFresh: boolean;
}
export const UNSEEN = -1;

/** One moment of the waterfall. */
export interface Row {
  readonly at: bigint;
  readonly y: number;
  readonly h: number;
  readonly stretches: readonly Stretch[];
  /** Pixels of the silhouette. */
  readonly dirtyW: number;
  readonly dirty: bigint;
}

export interface FoliosScene {
  readonly inode: number;
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly notation: Notation;
  readonly blockSize: number;
  readonly pageSize: number;
  readonly origin: bigint | undefined;
  readonly axis: Axis;
  /** Ends of the lanes. */
  readonly left: number;
  readonly right: number;
  readonly ruler: Ruler;
  readonly now: Box;
  readonly folios: FolioLane;
  readonly lens: Lens | undefined;
  readonly fall: Box;
  /** Newest at the bottom, as time runs down. */
  readonly rows: readonly Row[];
  readonly silhouette: Box;
  readonly words: readonly Words[];
  readonly say: string;
}
