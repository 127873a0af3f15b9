import type { Box } from '../../draw/index.ts';
import type { OpsWindow } from '../../feed/look.ts';
import type { OpClass } from '../../feed/op-class.ts';
import type { BusyKind } from '../../feed/overview.ts';

/*
 *   Operations   1.340 s      1.345 s    ▼ 1.350 s         ruler: drag the cursor
 *         a.db   ▕▔▔▏  ◆  ·     ▒▒▒▒▒▒▒  |                 a lane a file; lost time hatched over all of them
 *         b.db         ▕▔▏      ▒▒▒▒▒▒▒  |     ▕▔▏         the moment on screen; looking back, what came later is right of it
 *      others   · · ·                    |
 *   whole rec.   ▁▂▁▁▅▁▁[▂▁|▁]▁▁▁▂▁▁▁▁▁▁                    rows by what they are about, square root; what is in view is a brush
 */
export interface OpsInput {
  readonly window: OpsWindow;
  /** What is in view, nanoseconds. Its end moves on between two answers of the worker. */
  readonly from: bigint;
  readonly to: bigint;
  readonly origin: bigint;
  /** The moment on screen. */
  readonly until: bigint;
  /** The newest that can be shown. */
  readonly newest: bigint;
  /** What is older than what is kept here can be looked back at. */
  readonly isRecorded: boolean;
  /** Another moment than the newest is on screen. */
  readonly isBack: boolean;
  /** The file whose lane is always there. */
  readonly inode: number;
  readonly path: string;
  readonly selectedOp: number;
}

/** How an op is drawn: requests lie under the iomap ops they caused, reports are asked for, the rest does something. */
export type Shape = 'bracket' | 'request' | 'report' | 'fault' | 'writeback';

export interface Mark {
  readonly op: number;
  readonly inode: number;
  readonly shape: Shape;
  readonly tone: OpClass | 'zero';
  readonly box: Box;
  readonly isOpen: boolean;
  readonly isFailed: boolean;
  readonly isFresh: boolean;
  readonly isDirect: boolean;
  readonly isDax: boolean;
  /** A fault of more than a page. */
  readonly isLarge: boolean;
  /** Asked by our engine, which plays the kernel's part. */
  readonly isEngine: boolean;
  /** Range of the file. */
  readonly from: bigint;
  readonly to: bigint;
  /** For the tooltip. */
  readonly lines: readonly string[];
}

export interface Lane {
  readonly inode: number;
  readonly name: string;
  readonly y: number;
  readonly h: number;
  readonly isChosen: boolean;
}

export interface OpsScene {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly lanesTop: number;
  readonly lanesBottom: number;
  readonly from: bigint;
  readonly to: bigint;
  readonly ticks: readonly { readonly x: number; readonly text: string }[];
  readonly lanes: readonly Lane[];
  readonly marks: readonly Mark[];
  readonly lost: readonly { readonly box: Box; readonly text: string }[];
  readonly labels: readonly { readonly x: number; readonly text: string; readonly room: number }[];
  /** Stretches of time whose operations are not here, and why. */
  readonly absent: readonly { readonly box: Box; readonly text: string }[];
  /** Where the moment on screen is; undefined: not in view. */
  readonly cursorX: number | undefined;
  readonly overview: Overview;
  readonly selectedOp: number;
  /** Why there is nothing; undefined: there is. */
  readonly say: string | undefined;
  /** Lanes of files that did something and have no room. */
  readonly leftOut: number;
}

export interface Overview {
  readonly box: Box;
  readonly from: bigint;
  readonly to: bigint;
  readonly bars: readonly {
    readonly x: number;
    readonly w: number;
    readonly parts: readonly { readonly kind: BusyKind; readonly y: number; readonly h: number }[];
    readonly lines: readonly string[];
  }[];
  readonly lost: readonly Box[];
  readonly brush: Box;
  readonly cursorX: number;
  readonly title: string;
  readonly span: string;
}
