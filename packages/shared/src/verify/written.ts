import { ioendsOf, type Model } from '../model/index.ts';
import type { ByteRange } from './claims.ts';

/** What writeback has put into I/Os of a file since `since`, run by run; undefined: some of it may be forgotten by now. */
export function writtenSince(model: Model, inode: number, since: bigint): readonly ByteRange[] | undefined {
  const { ops } = model,
    eldest = ops.endedSlots()[0];
  if (ops.letGo > 0 && eldest !== undefined && ops.cells.end[eldest]! >= since) return undefined;
  return ioendsOf(model, inode)
    .filter(({ begin }) => begin >= since)
    .map(({ from, to }) => ({ from, to }));
}
