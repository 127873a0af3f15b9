import { copiesOf, layered, type FileState, type FolioRun, type Model, NO_ORDER } from '@mapscope/shared/model';
import { FolioState, How } from '@mapscope/shared/trace';
import { namesOf, pathIn, shownExtent, shownLayout, type ShownExtent, type ShownLayout } from './show.ts';

export type HowName = keyof typeof How;

/** A range of the page cache as scripts read it. */
export interface ShownFolio {
  readonly offset: string;
  readonly length: string;
  readonly state: string;
  /** Each folio of the range has 2^order pages; null: not known. */
  readonly order: number | null;
  /** Why a writeback failed, a positive errno; 0: it did not. */
  readonly errno: number;
  readonly how: HowName;
}

/** Bytes of a file. */
export interface ShownRange {
  readonly offset: string;
  readonly length: string;
}

/** A range in which a copy on write waits, which no extent shows. */
interface ShownCopy extends ShownRange {
  readonly how: HowName;
}

/** Everything that a model says of a file, with how it is known. */
export interface ShownAt {
  /** As the recording has it; null: nobody named it. */
  readonly file: string | null;
  /** Stream-local number. */
  readonly inode: number;
  /** The filesystem's own. */
  readonly ino: string | null;
  readonly size: string | null;
  /** How name and size are known. */
  readonly how: HowName;
  readonly gone: boolean;
  readonly extents: readonly (ShownExtent & { readonly how: HowName })[];
  /** Where a copy on write waits; `unknown`: or does not. */
  readonly copies: readonly ShownCopy[];
  readonly layouts: readonly (ShownLayout & { readonly how: HowName })[];
  readonly folios: readonly ShownFolio[];
}

const hows = namesOf(How) as ReadonlyMap<number, HowName>;
const states = namesOf(FolioState);
const howName = (how: number): HowName => hows.get(how) ?? 'unknown';

/** As `show`, but extents that are known in different ways stay apart. `end`: up to where holes are told, bytes. */
export function showAt(model: Model, file: FileState, end = file.size): ShownAt {
  const path = pathIn(model),
    { introduced, inode, gone } = file;
  return {
    file: introduced ? file.pathText : null,
    inode,
    ino: introduced ? String(file.ino) : null,
    size: introduced ? String(file.size) : null,
    how: howName(file.how),
    gone,
    extents: layered(file, end).map((extent) => ({ ...shownExtent(extent, path(extent.device)), how: howName(extent.how) })),
    copies: copiesOf(file).map((it) => ({ ...shownRange(it), how: howName(it.how) })),
    layouts: file.layouts.list().map((layout) => ({ ...shownLayout(layout, path), how: howName(layout.how) })),
    folios: file.folios.list().map((run) => shownFolio(run)),
  };
}

export const shownRange = ({ from, to }: { readonly from: bigint; readonly to: bigint }): ShownRange => ({
  offset: String(from),
  length: String(to - from),
});

const shownFolio = ({ from, to, state, order, errno, how }: FolioRun): ShownFolio => ({
  ...shownRange({ from, to }),
  state: states.get(state) ?? `${state}?`,
  order: order === NO_ORDER ? null : order,
  errno,
  how: howName(how),
});
