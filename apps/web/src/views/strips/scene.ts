import type { Axis, Notation } from '../../axis/index.ts';
import type { Box, Ruler, Strand, Words } from '../../draw/index.ts';
import type { FileWindow, LayoutView } from '../../feed/window.ts';

/*
 *   file   |0 ═══|1 ║║║|2 ═══|3 ║║║|4 ═══|~           chunks along the file
 *            \      \     \____                        each falls to its strip
 *          strip 0        strip 1        strip 2
 *   row 0  | 0 64 MiB |   | 1 128 MiB |  | 2 192 MiB |
 *   row 1  | 3        |   | 4 ~ slack |  | slack     |
 *
 * With more rows than have room the grid turns: a column a row, a line a strip (the weave). A strip that is short breaks it.
 */
export interface StripsInput {
  readonly window: FileWindow;
  readonly axis: Axis;
  readonly notation: Notation;
  /** Byte whose way is spelled out: under the pointer, or selected. */
  readonly at: bigint | undefined;
}

/** A chunk in its strip; in a far weave several rows of one strip. */
export interface Cell {
  readonly layout: number;
  readonly chunk: bigint;
  readonly row: bigint;
  /** Rows from `row` on that this stands for. */
  readonly rows: bigint;
  readonly strip: number;
  readonly from: bigint;
  readonly to: bigint;
  readonly device: number;
  /** NO_ADDR: the strip was not told yet. */
  readonly addr: bigint;
  readonly box: Box;
  /** Width of the part of the box that holds bytes of the file; the rest is slack. */
  readonly used: number;
  /** The strip ends before its last byte: an error of the layout that no kernel sees. */
  readonly isShort: boolean;
  /** Another strip has some of the same bytes of the device: an error too. */
  readonly isOverlapped: boolean;
}

/** A chunk along the file. */
export interface Chunk {
  readonly chunk: bigint;
  readonly row: bigint;
  readonly strip: number;
  readonly from: bigint;
  readonly to: bigint;
  readonly box: Box;
}

export interface Head {
  readonly strip: number;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly text: string;
  readonly place: string;
  /** Not told yet, too short, or over another: said in place of where it is. */
  readonly flaw: string | undefined;
}

/** Where the strips are drawn. */
export interface Grid {
  readonly isWeave: boolean;
  readonly heads: readonly Head[];
  readonly cells: readonly Cell[];
  /** Storage behind the last byte of each strip. */
  readonly slack: readonly { readonly box: Box; readonly strip: number; readonly bytes: bigint }[];
  readonly rowLabels: readonly { readonly text: string; readonly y: number }[];
}

export interface StripsScene {
  readonly inode: number;
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly notation: Notation;
  readonly blockSize: number;
  readonly ruler: Ruler;
  /** Undefined: nothing of the file is interleaved. */
  readonly layout: LayoutView | undefined;
  readonly deviceNames: ReadonlyMap<number, string>;
  /** The lane of chunks, and the part of it that is interleaved. */
  readonly along: Box;
  readonly covered: Box | undefined;
  /** Chunks along the file axis; none where they are thinner than a pixel. */
  readonly chunks: readonly Chunk[];
  readonly ribbons: readonly (Strand & { readonly chunk: bigint; readonly row: bigint })[];
  readonly fallFrom: number;
  readonly fallTo: number;
  readonly grid: Grid;
  /** Where the byte in question is, along the file and in its cell. */
  readonly marks: readonly Box[];
  /** The arithmetic of that byte, a line a step; the well that it stands in. */
  readonly sums: readonly string[];
  readonly well: Box | undefined;
  readonly words: readonly Words[];
  readonly say: string;
}
