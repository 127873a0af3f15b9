import { MapType } from '../trace/index.ts';
import { ExtentFlag, FiemapFlag, MapFlag } from '../wire/index.ts';

/** The model's type of an extent that FIEMAP reports with these flags. Fact: spec/protocol.md 7.2. */
export function typeOfFiemap(flags: number): MapType {
  if ((flags & FiemapFlag.DELALLOC) !== 0) return MapType.DELALLOC;
  if ((flags & (FiemapFlag.DATA_INLINE | FiemapFlag.DATA_TAIL)) !== 0) return MapType.INLINE;
  if ((flags & FiemapFlag.UNKNOWN) !== 0) return MapType.UNKNOWN;
  return (flags & FiemapFlag.UNWRITTEN) !== 0 ? MapType.UNWRITTEN : MapType.MAPPED;
}

const translated: readonly (readonly [fiemap: number, extent: number])[] = [
  [FiemapFlag.MERGED, MapFlag.MERGED],
  [FiemapFlag.SHARED, MapFlag.SHARED],
  [FiemapFlag.ENCODED, ExtentFlag.ENCODED],
  [FiemapFlag.DATA_ENCRYPTED, ExtentFlag.DATA_ENCRYPTED],
  [FiemapFlag.NOT_ALIGNED, ExtentFlag.NOT_ALIGNED],
];

/** Its flags as an `extent` row has them. What the type says already is not said again, and LAST is about the report. */
export function extentFlagsOfFiemap(flags: number): number {
  let out = 0;
  for (const [fiemap, extent] of translated) if ((flags & fiemap) !== 0) out |= extent;
  return out;
}

/** Flags of an extent of which it is not known whether another file has it too. */
export const unsure = (flags: number): number => (flags & ~MapFlag.SHARED) | ExtentFlag.SHARING_UNKNOWN;

/**
 * Where FIEMAP's silence about delayed allocation means that there is none: `everywhere` (ext4), where the extent is not `unshared` (XFS: a copy on write
 * waits in a map of its own, spec/live-facts.md 16), or only in `holes` (btrfs: what is overwritten goes elsewhere, unseen until then).
 */
export type DelallocSeen = 'everywhere' | 'unshared' | 'holes';

/** Of a filesystem by its name in the mount table; the least of a name that is not known here. */
export function delallocSeen(type: string): DelallocSeen {
  if (/^ext[234]$/.test(type)) return 'everywhere';
  return type === 'xfs' ? 'unshared' : 'holes';
}
