import { FolioState, How } from '@mapscope/shared/trace';
import { extentFlags, mapTypeName } from '@mapscope/shared/wire';
import { sayBytes, sayMoment } from '../axis/index.ts';
import type { Target } from '../feed/target.ts';

/** What is under the pointer: what a click selects, and at most five lines for the tooltip. */
export interface Hit {
  readonly target: Target;
  readonly lines: readonly string[];
}

const howWords: Readonly<Record<number, string>> = {
  [How.unknown]: 'not known',
  [How.reported]: 'reported',
  [How.observed]: 'observed',
  [How.derived]: 'derived',
};
export const sayHow = (how: number): string => howWords[how] ?? 'not known';

/** How it is known, and since when: `reported at 1.364 s`. */
export const sayKnown = (how: number, since: bigint, origin: bigint | undefined): string =>
  how === How.unknown || origin === undefined || since < origin ? sayHow(how) : `${sayHow(how)} at ${sayMoment(since, origin, 1_000_000n)}`;

/** `MAPPED · SHARED NEW`. */
export const sayType = (type: number, flags: number): string =>
  [mapTypeName(type), ...(flags ? [extentFlags.names(flags).join(' ')] : [])].join(' · ');

const stateWords: Readonly<Record<number, string>> = {
  [FolioState.added]: 'in the cache, not uptodate',
  [FolioState.uptodate]: 'clean',
  [FolioState.clean]: 'clean',
  [FolioState.dirty]: 'dirty',
  [FolioState.folioDirty]: 'dirty with its folio',
  [FolioState.writeback]: 'going out',
  [FolioState.failed]: 'dropped by a failed writeback',
  [FolioState.unknown]: 'not known: nobody saw it, or rows were lost',
};
export const sayState = (state: number): string => stateWords[state] ?? `state ${state}?`;

const NO_ORDER = 0xff;
/** Size of the folios of a run; `pageSize` in bytes. */
export function sayOrder(order: number, pageSize: number): string {
  if (order === NO_ORDER) return 'folio order not known';
  return order === 0 ? 'folios of one page' : `folios of order ${order}, ${sayBytes(BigInt(pageSize) << BigInt(order))}`;
}

/** The last part of a path: what a lane is called. */
export const nameOf = (path: string): string => inodeOf.exec(path)?.[1] ?? (path.split('/').at(-1) || path);
/** The name that an import gives to what its trace knows by number: cut in the middle, as names are where there is no room, all would look alike. */
const inodeOf = /^(inode \d+) of \d+:\d+$/;
