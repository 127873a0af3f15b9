import type { Notation } from '../axis/index.ts';
import type { Detail, FileSort, FilesPage, Keys, OpsWindow, Pulse } from '../feed/look.ts';
import type { Target } from '../feed/target.ts';
import type { FileWindow } from '../feed/window.ts';
import type { Camera } from './camera.ts';
import type { Moment } from '../feed/moment.ts';

export const tabs = ['map', 'strips', 'folios'] as const;
export type Tab = (typeof tabs)[number];

/** `auto`: as the system has it. */
export const themes = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

/** How offsets are written, in the order in which `o` turns them. */
export const notations = ['dec', 'hex', 'blocks'] as const satisfies readonly Notation[];

/** What a person chose: all of it is in the address, so that a link shows the same thing. */
export interface Choice {
  readonly tab: Tab;
  readonly theme: Theme;
  readonly notation: Notation;
  /** 0: none. Numbers are an agent's own, so the path goes along: after a restart the file is found by its name. */
  readonly inode: number;
  readonly path: string;
  readonly selected: Target | undefined;
  readonly camera: Camera | undefined;
  /** Nanoseconds of operations in view, and where they end; undefined follows the newest. */
  readonly timeSpan: bigint;
  /** A person chose that span; else it is as much as is kept, ten seconds at most. */
  readonly isSpanChosen: boolean;
  readonly timeEnd: bigint | undefined;
  /** The moment on screen where it stands still; undefined: the newest, or it plays. */
  readonly at: bigint | undefined;
  readonly sort: FileSort;
  readonly filter: string;
  /** The stage shows its content as tables instead of a picture. */
  readonly isTable: boolean;
}

/** What is so for this page at this moment, and in no link. */
export interface Moments {
  readonly hovered: Target | undefined;
  readonly tip: Tip | undefined;
  readonly isHelpOpen: boolean;
  /** Pixels of the picture of time. */
  readonly timeColumns: number;
  /** Rows of the list that are on screen. */
  readonly listFirst: number;
  readonly listCount: number;
}

export interface Tip {
  /** Page pixels of the pointer. */
  readonly x: number;
  readonly y: number;
  readonly lines: readonly string[];
}

/** What the worker told last. */
export interface Told {
  readonly pulse: Pulse | undefined;
  readonly keys: Partial<Keys>;
  readonly files: FilesPage | undefined;
  readonly file: FileWindow | undefined;
  readonly ops: OpsWindow | undefined;
  readonly detail: Detail | undefined;
  /** Pictures of the page cache of the file in view, oldest first. */
  readonly past: readonly Moment[];
}

export interface State extends Choice, Moments, Told {}

export const SECOND = 1_000_000_000n;

export const first: State = {
  tab: 'map',
  theme: 'auto',
  notation: 'dec',
  inode: 0,
  path: '',
  selected: undefined,
  camera: undefined,
  timeSpan: 10n * SECOND,
  isSpanChosen: false,
  timeEnd: undefined,
  at: undefined,
  sort: 'name',
  filter: '',
  isTable: false,
  hovered: undefined,
  tip: undefined,
  isHelpOpen: false,
  timeColumns: 1280,
  listFirst: 0,
  listCount: 40,
  pulse: undefined,
  keys: {},
  files: undefined,
  file: undefined,
  ops: undefined,
  detail: undefined,
  past: [],
};
