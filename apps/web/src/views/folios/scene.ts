import type { Axis, Notation, Tick } from '../../axis/index.ts';
import type { Box } from '../../draw/index.ts';
import type { FileWindow, FolioRuns } from '../../feed/window.ts';
import type { FolioBar } from '../map/scene.ts';

/*
 *   now    ▒▒▒▒▓▓▓▓░░░░████        the page cache of the range in view
 *   lens     [▢▢▣▣▣▣▢▢]           32 blocks under the pointer, each a cell in its folio's frame
 *   time ↓ ▒▒▒▒▓▓      |▏          waterfall: a row a moment; beside it the dirty bytes as a silhouette
 */
export interface FoliosInput {
  readonly window: FileWindow;
  readonly axis: Axis;
  readonly notation: Notation;
  /** Byte the lens is over. */
  readonly lensAt: bigint | undefined;
  /** Pictures of earlier moments, oldest first. */
  readonly past: readonly Moment[];
}

/** The folios of the range at one time, as the page saw them. */
export interface Moment {
  readonly at: bigint;
  readonly folios: FolioRuns;
  readonly dirty: bigint;
}

export interface FoliosScene {
  readonly inode: number;
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly axisY: number;
  readonly ticks: readonly (Tick & { readonly text: string; readonly isBold: boolean })[];
  readonly name: string;
  readonly now: Box;
  readonly bars: readonly FolioBar[];
  readonly lens:
    | {
        readonly box: Box;
        readonly from: bigint;
        readonly to: bigint;
        readonly mark: Box;
        readonly cells: readonly {
          readonly box: Box;
          readonly state: number;
          readonly order: number;
          readonly from: bigint;
          readonly to: bigint;
          readonly how: number;
          readonly since: bigint;
        }[];
        readonly words: readonly [string, string];
      }
    | undefined;
  readonly fall: Box;
  /** Newest at the bottom, as time runs down. */
  readonly rows: readonly {
    readonly y: number;
    readonly h: number;
    readonly bars: readonly { readonly x: number; readonly w: number; readonly state: number }[];
    readonly dirtyW: number;
  }[];
  readonly silhouette: Box;
  readonly words: { readonly dirty: string; readonly source: string; readonly top: string; readonly span: string };
  readonly say: string;
}
