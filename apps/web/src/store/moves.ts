import type { FileSort, Look, Looked, Pulse } from '../feed/look.ts';
import type { Moment } from '../feed/moment.ts';
import { sameTarget, type Target } from '../feed/target.ts';
import type { FileWindow } from '../feed/window.ts';
import { around, type Camera, panned, rangeToAsk, type Subject, zoomed } from './camera.ts';
import { remember } from './past.ts';
import { fittingSpan, timeEndFor } from './time-view.ts';
import { notations, type State, type Tab, type Theme, themes } from './state.ts';

/** Every change of the state is a value made here: from what is so to what changes. No clock, no page. */
export type Move = (state: State) => Partial<State>;

const nothing = { selected: undefined, hovered: undefined, tip: undefined } as const;

export const showTab =
  (tab: Tab): Move =>
  () => ({ tab, hovered: undefined, tip: undefined });

export const turnNotation: Move = ({ notation }) => ({ notation: notations[(notations.indexOf(notation) + 1) % notations.length]! });

/** Round the three; `isDark` is how it looks now, so that the first press is always seen. */
export const turnTheme =
  (isDark: boolean): Move =>
  ({ theme }) =>
    theme === 'auto' ? { theme: isDark ? 'light' : 'dark' } : { theme: themes[(themes.indexOf(theme) + 1) % themes.length] as Theme };

export const turnTable: Move = ({ isTable }) => ({ isTable: !isTable, hovered: undefined, tip: undefined });
export const openHelp =
  (isHelpOpen: boolean): Move =>
  () => ({ isHelpOpen });

/** Another file begins as a whole, with nothing selected. */
export const chooseFile =
  (inode: number, path: string): Move =>
  (state) =>
    state.inode === inode ? { path, selected: undefined } : { inode, path, camera: undefined, ...nothing };

/** Another stream is shown: its files have other numbers, its clock other times. */
export const forgetStream: Move = () => ({
  inode: 0,
  path: '',
  camera: undefined,
  timeEnd: undefined,
  at: undefined,
  past: [],
  ...nothing,
});

/** The file `by` rows further in the list as it is sorted; at the ends it stays. */
export const stepFile =
  (by: number): Move =>
  (state) => {
    const rows = state.files?.rows ?? [],
      at = rows.findIndex(({ inode }) => inode === state.inode),
      row = rows[Math.max(0, Math.min(rows.length - 1, at + by))];
    return row && row.inode !== state.inode ? chooseFile(row.inode, row.path)(state) : {};
  };

/** Choosing an op or a piece of another file shows that file. */
export const select =
  (target: Target | undefined): Move =>
  (state) => {
    if (!target) return { selected: undefined };
    const isOther = target.inode !== 0 && target.inode !== state.inode;
    return { selected: target, ...(isOther && { inode: target.inode, path: '', camera: undefined, hovered: undefined, tip: undefined }) };
  };

export const hover =
  (hovered: Target | undefined, tip?: State['tip']): Move =>
  (state) => {
    if (sameTarget(state.hovered, hovered) && tip === undefined && state.tip === undefined) return {};
    return { hovered: sameTarget(state.hovered, hovered) ? state.hovered : hovered, tip };
  };

/** Escape: what floats goes first, then the selection. */
export const letGo: Move = ({ isHelpOpen }) => (isHelpOpen ? { isHelpOpen: false } : nothing);

export const subjectOf = ({ end, blockSize }: FileWindow): Subject => ({ end, blockSize });

const withFile = (state: State, move: (subject: Subject, camera: Camera | undefined) => Camera | undefined): Partial<State> =>
  state.file ? { camera: move(subjectOf(state.file), state.camera) } : {};

export const zoomFile =
  (factor: number, px: number, width: number): Move =>
  (state) =>
    withFile(state, (subject, camera) => zoomed(camera, subject, width, factor, px));
export const panFile =
  (px: number, width: number): Move =>
  (state) =>
    withFile(state, (subject, camera) => panned(camera, subject, width, px));
export const showWhole: Move = () => ({ camera: undefined });
/** A range as it was brushed, without air. */
export const showExactly =
  (from: bigint, to: bigint): Move =>
  (state) =>
    withFile(state, (subject) => panned({ from, fraction: 0, bytes: Number(to - from) }, subject, 1, 0));
/** The same scale, around another byte. */
export const centreOn =
  (at: bigint): Move =>
  (state) =>
    state.camera ? withFile(state, (subject, camera) => panned({ ...camera!, from: at, fraction: 0 }, subject, 2, 1)) : {};
export const showRange =
  (from: bigint, to: bigint): Move =>
  (state) =>
    withFile(state, (subject) => around(from, to, subject));

/** Closest and widest view of time, nanoseconds. */
const CLOSEST = 10_000n,
  WIDEST = 3_600_000_000_000n;

/** Zooms time by `factor` (> 1 closer) around the share `at` (0 left, 1 right) of what is in view. A view that follows goes on following. */
export const zoomTime =
  (factor: number, at: number): Move =>
  (state) => {
    const wanted = BigInt(Math.round(Number(state.timeSpan) / factor)),
      timeSpan = wanted < CLOSEST ? CLOSEST : wanted > WIDEST ? WIDEST : wanted;
    if (state.timeEnd === undefined) return { timeSpan, isSpanChosen: true };
    const right = BigInt(Math.round(Number(state.timeSpan - timeSpan) * (1 - at)));
    return { timeSpan, isSpanChosen: true, ...pinned(state, state.timeEnd - right) };
  };

/** Moves the picture of time by a share of its width to the right, that is into the past. */
export const panTime =
  (share: number): Move =>
  (state) =>
    pinned(state, (state.timeEnd ?? state.pulse?.until ?? 0n) - BigInt(Math.round(Number(state.timeSpan) * share)));

export const showTime =
  (from: bigint, to: bigint): Move =>
  (state) => ({ timeSpan: to - from < CLOSEST ? CLOSEST : to - from, isSpanChosen: true, ...pinned(state, to) });

/** Time ends in view where it is put; at the newest it follows again, unless another moment is looked at. */
const pinned = ({ pulse }: State, end: bigint): Partial<State> => {
  const newest = pulse?.newest ?? 0n;
  if (end >= newest) return { timeEnd: pulse?.replay ? newest : undefined };
  return { timeEnd: end < 0n ? 0n : end };
};

/** How wide the picture of time is, pixels: the worker tells what can be told apart on it. */
export const timeColumns =
  (columns: number): Move =>
  () => ({ timeColumns: Math.max(100, Math.round(columns)) });

/** The picture of time follows the newest again. */
export const followNewest: Move = () => ({ timeEnd: undefined });

export const listSort =
  (sort: FileSort): Move =>
  () => ({ sort });
export const listFilter =
  (filter: string): Move =>
  () => ({ filter, listFirst: 0 });
export const listRows =
  (listFirst: number, listCount: number): Move =>
  (state) =>
    state.listFirst === listFirst && state.listCount === listCount ? {} : { listFirst, listCount };

/** Time goes on in the past of the page cache too, when nothing changes in it. Where it jumped, what was seen before is not what came before. */
export const hearPulse =
  (pulse: Pulse): Move =>
  (state) => {
    const { past, file, pulse: before } = state,
      isJump = pulse.replay ? pulse.replay.jumps !== (before?.replay?.jumps ?? 0) : before?.replay !== undefined;
    return {
      pulse,
      at: pulse.replay && !pulse.replay.isPlaying ? pulse.replay.at : undefined,
      timeEnd: timeEndFor(state, pulse),
      ...(file && { past: remember(isJump ? [] : past, file, file, pulse.until, pulse.replay?.isPlaying ? pulse.replay.speed : 1) }),
    };
  };

/** What was so before the moment on screen: for a past that began only when somebody came here. */
export const hearMoments =
  (inode: number, until: bigint, moments: readonly Moment[]): Move =>
  ({ file, pulse, past }) =>
    file?.inode === inode && pulse?.until === until ? { past: [...moments.filter(({ at }) => at < (past[0]?.at ?? until)), ...past] } : {};

/** Whether the page cache of before the moment on screen is to be asked for: it is looked at, and nobody has seen it. */
export const wantsMoments = ({ tab, pulse, past, file }: State): boolean =>
  tab === 'folios' &&
  file !== undefined &&
  past.length < 2 &&
  pulse?.replay !== undefined &&
  !pulse.replay.isPlaying &&
  !pulse.replay.isLoading;

/** The question whose answer would be what is on screen. */
export function lookOf(state: State): Look {
  const range = rangeToAsk(state.camera);
  return {
    file: state.inode === 0 && state.path === '' ? undefined : { inode: state.inode, path: state.path, ...range },
    files: { first: state.listFirst, count: state.listCount, sort: state.sort, filter: state.filter },
    ops: { span: state.timeSpan, end: state.timeEnd, columns: state.timeColumns },
    subject: state.selected,
    seen: state.keys,
  };
}

/** What the worker answered: parts left out stay as they are. A file that was not chosen by anybody is the first of the list that has something to draw. */
export const hearAnswer =
  (answer: Looked): Move =>
  (state) => {
    const out: { -readonly [K in keyof State]?: State[K] } = { keys: answer.keys };
    if (answer.files) out.files = answer.files;
    if (answer.ops) {
      out.ops = answer.ops;
      const isFollowing = state.timeEnd === undefined && !state.pulse?.replay;
      if (isFollowing && !state.isSpanChosen) out.timeSpan = fittingSpan(state.timeSpan, answer.ops, state.pulse?.origin ?? 0n);
    }
    if (answer.detail !== undefined) out.detail = answer.detail ?? undefined;
    if (answer.file !== undefined) {
      out.file = answer.file ?? undefined;
      out.past = answer.file ? remember(state.past, state.file, answer.file, answer.file.until) : [];
      if (answer.file) Object.assign(out, { inode: answer.file.inode, path: answer.file.path });
    }
    const rows = (out.files ?? state.files)?.rows ?? [],
      first = rows.find(({ pieces, dirty }) => pieces > 0 || dirty > 0n) ?? rows[0];
    // Until everything that the agent has told once is here, it is not known which has.
    const isChoosing = state.inode === 0 && state.path === '' && state.pulse?.isSettled !== false;
    if (isChoosing && first) Object.assign(out, chooseFile(first.inode, first.path)(state));
    return out;
  };
