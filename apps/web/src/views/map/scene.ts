import type { Axis, DeviceAxis, Tick } from '../../axis/index.ts';
import type { Notation } from '../../axis/index.ts';
import type { Box } from '../../draw/index.ts';
import type { FileWindow } from '../../feed/window.ts';

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
}

/** One or several neighbouring extents, as one thing that can be pointed at. */
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
  /** More than 1: bundled, because they are too fine to be drawn apart. */
  readonly pieces: number;
  readonly box: Box;
}

export interface Ribbon {
  readonly x0: number;
  readonly x1: number;
  readonly x2: number;
  readonly x3: number;
  readonly piece: Piece;
}

/** Dirty or outgoing bytes on their way through a ribbon; without a place they fray out. */
export interface Thread {
  readonly x0: number;
  readonly x1: number;
  readonly to?: readonly [x2: number, x3: number];
  readonly isWriteback: boolean;
}

export interface FolioBar {
  readonly from: bigint;
  readonly to: bigint;
  readonly state: number;
  readonly order: number;
  readonly how: number;
  readonly since: bigint;
  readonly box: Box;
}

/** A place of this file, or somebody else's, on the device lane. */
export interface DeviceBar {
  readonly box: Box;
  readonly type: number;
  readonly flags: number;
  readonly piece: Piece;
}

export interface SharerLane {
  readonly path: string;
  readonly inode: number;
  readonly y: number;
  readonly pieces: readonly { readonly box: Box; readonly type: number; readonly flags: number; readonly from: bigint }[];
  readonly ribbons: readonly { readonly x0: number; readonly x1: number; readonly x2: number; readonly x3: number }[];
}

export interface Words {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly role: 'lane' | 'name' | 'tick' | 'boldTick' | 'onData' | 'onPaper' | 'dirty' | 'cut' | 'shared';
  readonly align: 'left' | 'right' | 'center';
  readonly room?: number;
}

export interface MapScene {
  readonly inode: number;
  readonly width: number;
  readonly height: number;
  readonly lanes: {
    readonly left: number;
    readonly right: number;
    readonly whole: Box;
    readonly axisY: number;
    readonly folios: Box;
    readonly pending: Box;
    readonly map: Box;
    readonly ribbons: Box;
    readonly device: Box;
  };
  readonly whole: {
    readonly pieces: readonly { readonly x: number; readonly w: number; readonly type: number; readonly flags: number }[];
    readonly dirt: readonly { readonly x: number; readonly w: number; readonly isWriteback: boolean }[];
    readonly brush: Box;
  };
  readonly ticks: readonly Tick[];
  readonly folios: readonly FolioBar[];
  readonly pending: readonly Piece[];
  readonly pieces: readonly Piece[];
  readonly holes: readonly Piece[];
  readonly ribbons: readonly Ribbon[];
  readonly threads: readonly Thread[];
  readonly device: DeviceAxis;
  readonly deviceBars: readonly DeviceBar[];
  readonly sharer: SharerLane | undefined;
  readonly flashes: readonly { readonly box: Box; readonly age: number }[];
  readonly words: readonly Words[];
  /** For the header: how many bytes a pixel, and the device's scale. */
  readonly say: string;
}
