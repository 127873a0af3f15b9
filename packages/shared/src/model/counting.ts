import { FolioState, MapType, NO_ADDR } from '../trace/index.ts';
import { addrOf, deviceOf, flagsOf, howOf, sinceOf, typeOf } from './extents.ts';
import { folioHowOf, folioOrderOf, folioSinceOf, folioStateOf } from './folios.ts';
import type { Counting } from './summary.ts';

/** Wire flag (spec 2.2). */
const SHARED = 4;

/** Classes of extents, in the order in which a bin shows their shares. */
export const extentTypes = [MapType.MAPPED, MapType.UNWRITTEN, MapType.DELALLOC, MapType.INLINE, MapType.HOLE, MapType.UNKNOWN] as const;
const classOfType = new Map<number, number>(extentTypes.map((type, kind) => [type, kind]));
export const UNKNOWN_CLASS = extentTypes.length - 1;

export const extentCounting: Counting = {
  classes: extentTypes.length,
  classOf: (chunk, i) => classOfType.get(typeOf(chunk, i)) ?? UNKNOWN_CLASS,
  part(chunk, i, from, to) {
    const addr = addrOf(chunk, i);
    return {
      bytes: to - from,
      shared: (flagsOf(chunk, i) & SHARED) !== 0 ? to - from : 0n,
      runs: 1,
      flags: flagsOf(chunk, i),
      how: howOf(chunk, i),
      since: sinceOf(chunk, i),
      addr: addr === NO_ADDR ? addr : addr + (from - chunk.from(i)),
      device: deviceOf(chunk, i),
      order: 0xff,
    };
  },
};

/** Classes of folio runs, the gravest first. */
export const folioStates = [
  FolioState.failed,
  FolioState.dirty,
  FolioState.folioDirty,
  FolioState.writeback,
  FolioState.added,
  FolioState.clean,
  FolioState.unknown,
] as const;
const classOfState = new Map<number, number>(folioStates.map((state, kind) => [state, kind]));

export const folioCounting: Counting = {
  classes: folioStates.length,
  classOf: (chunk, i) => classOfState.get(folioStateOf(chunk, i)) ?? folioStates.length - 1,
  part: (chunk, i, from, to) => ({
    bytes: to - from,
    shared: 0n,
    runs: 1,
    flags: 0,
    how: folioHowOf(chunk, i),
    since: folioSinceOf(chunk, i),
    addr: NO_ADDR,
    device: 0,
    order: folioOrderOf(chunk, i),
  }),
};
