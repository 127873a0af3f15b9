import { How } from '@mapscope/shared/trace';
import { mapFlags, mapTypeName } from '@mapscope/shared/wire';
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

/** `MAPPED · SHARED NEW`. */
export const sayType = (type: number, flags: number): string =>
  [mapTypeName(type), ...(flags ? [mapFlags.names(flags).join(' ')] : [])].join(' · ');
