import type { Axis, Notation, Tick } from '../../axis/index.ts';
import type { Box } from '../../draw/index.ts';
import type { FileWindow, LayoutView } from '../../feed/window.ts';

/*
 *   file   |0 ═══|1 ║║║|2 ═══|3 ║║║|4 ═══|~           chunks along the file
 *            \      \     \____                        each falls to its strip
 *          strip 0        strip 1        strip 2
 *   row 0  | 0 64 MiB |   | 1 128 MiB |  | 2 192 MiB |
 *   row 1  | 3        |   | 4 ~ slack |  | slack     |
 */
export interface StripsInput {
  readonly window: FileWindow;
  readonly axis: Axis;
  readonly notation: Notation;
  /** Byte whose way is spelled out: under the pointer, or selected. */
  readonly at: bigint | undefined;
}

export interface Cell {
  readonly layout: number;
  readonly chunk: bigint;
  readonly row: bigint;
  readonly strip: number;
  readonly from: bigint;
  readonly to: bigint;
  readonly device: number;
  readonly addr: bigint;
  readonly box: Box;
  /** Width of the part of the box that holds bytes of the file; the rest is slack. */
  readonly used: number;
}

export interface StripsScene {
  readonly inode: number;
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly axisY: number;
  readonly ticks: readonly (Tick & { readonly text: string; readonly isBold: boolean })[];
  readonly name: string;
  /** Undefined: nothing of the file is interleaved. */
  readonly layout: LayoutView | undefined;
  /** Chunks along the file axis, in view. */
  readonly chunks: readonly { readonly chunk: bigint; readonly from: bigint; readonly to: bigint; readonly box: Box }[];
  readonly ribbons: readonly {
    readonly chunk: bigint;
    readonly x0: number;
    readonly x1: number;
    readonly x2: number;
    readonly x3: number;
  }[];
  readonly ribbonTop: number;
  readonly ribbonBottom: number;
  readonly heads: readonly {
    readonly strip: number;
    readonly text: string;
    readonly place: string;
    readonly x: number;
    readonly w: number;
  }[];
  readonly headY: number;
  readonly cells: readonly Cell[];
  /** Storage behind the last byte of each strip. */
  readonly slack: readonly { readonly box: Box; readonly text: string }[];
  readonly rowLabels: readonly { readonly text: string; readonly y: number }[];
  /** The arithmetic of `at`, a line a step. */
  readonly sums: readonly string[];
  readonly say: string;
}
