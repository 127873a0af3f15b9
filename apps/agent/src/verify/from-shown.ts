import { NO_ORDER } from '@mapscope/shared/model';
import { FolioState, How, MapType, NO_ADDR } from '@mapscope/shared/trace';
import { ceilTo, minBig } from '@mapscope/shared/units';
import { extentFlags } from '@mapscope/shared/wire';
import type { ByteRange, FileClaims, MapClaim } from '@mapscope/shared/verify';
import type { ShownAt, ShownRange } from '../hub/index.ts';

/** The names of a table's numbers, as an agent says them. */
const types: Readonly<Record<string, number>> = MapType,
  states: Readonly<Record<string, number>> = FolioState,
  flagOf = (name: string): number => Number(extentFlags.parse(name) ?? 0n);

/** What an agent says of a file, as claims of a file of `size` bytes. A name that this mapscope does not know claims nothing. */
export function claimsOfShown(
  { extents, copies, folios }: Pick<ShownAt, 'extents' | 'copies' | 'folios'>,
  size: bigint,
  block: bigint,
  absence: How,
): FileClaims {
  const end = ceilTo(size, block);
  return {
    size: end,
    map: extents.map(claimOf).flatMap((claim) => upTo(end, claim)),
    copies: copies.map((it) => ({ ...rangeOf(it), how: How[it.how] })),
    cache: folios.map(({ offset, length, state, order, how }) => ({
      ...rangeOf({ offset, length }),
      state: (states[state] ?? FolioState.unknown) as FolioState,
      order: order ?? NO_ORDER,
      how: How[how],
    })),
    absence,
  };
}

const claimOf = ({ offset, length, type, addr, device, flags, how }: ShownAt['extents'][number]): MapClaim => ({
  ...rangeOf({ offset, length }),
  type: (types[type] ?? MapType.UNKNOWN) as MapType,
  // Of a device that is not known a place is none.
  addr: addr === null || device === null ? NO_ADDR : BigInt(addr),
  device: device ?? '',
  flags: flags.reduce((bits, name) => bits | flagOf(name), 0),
  how: How[how],
});

/** Behind the last block is something only where something is. */
function upTo(end: bigint, claim: MapClaim): MapClaim[] {
  if (claim.type !== MapType.HOLE && claim.type !== MapType.UNKNOWN) return [claim];
  return claim.from < end ? [{ ...claim, to: minBig(claim.to, end) }] : [];
}

/** Ranges as an agent says them; null: it does not know. */
export const rangesOfShown = (ranges: readonly ShownRange[] | null): readonly ByteRange[] | undefined => ranges?.map(rangeOf);

const rangeOf = ({ offset, length }: ShownRange): ByteRange => ({ from: BigInt(offset), to: BigInt(offset) + BigInt(length) });
