import { cachestat } from '@mapscope/native';
import { FolioState } from '@mapscope/shared/trace';
import { type Ask, PageBit } from './survey.ts';

/** So many pages in bytes, which a number of JavaScript does not hold: a file may have 2^63 - 1. */
export const bytesOfPages = (pages: number, page: number): bigint => BigInt(pages) * BigInt(page);

/** Counts of the pages [from, to) of an open file; [0, 0) is the whole file. `undefined`: it cannot be asked any more. */
export function askOf(fd: number, page: number): Ask {
  return (from, to) => {
    const found = cachestat(fd, bytesOfPages(from, page), bytesOfPages(to - from, page));
    return typeof found === 'number'
      ? undefined
      : { cache: Number(found.cache), dirty: Number(found.dirty), writeback: Number(found.writeback) };
  };
}

/** A page that is dirty again while it is written back is dirty: it has to be written once more. Which of its blocks are is not known. */
export function folioState(state: number): FolioState {
  if ((state & PageBit.dirty) !== 0) return FolioState.folioDirty;
  if ((state & PageBit.writeback) !== 0) return FolioState.writeback;
  return state === 0 ? FolioState.removed : FolioState.clean;
}
