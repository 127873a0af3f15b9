import { sideBySide } from '../model/index.ts';
import { MapType, NO_ADDR } from '../trace/index.ts';
import { U64_MAX } from '../units/index.ts';
import { ExtentFlag, MapFlag } from '../wire/index.ts';
import type { FileClaims, MapClaim } from './claims.ts';

/** A range of which the model says something else than the kernel. */
export interface MapDifference {
  readonly from: bigint;
  readonly to: bigint;
  /** As from `from` on: places count from there. */
  readonly model: MapClaim;
  /** undefined: nothing is there. */
  readonly kernel: MapClaim | undefined;
}

/**
 * Why a model may say something else and be no worse for it: no event of the file tells that storage past its end was trimmed (spec/live-facts.md 16); nor, once
 * a recording has ended, that another file has a part in what was this one's alone, or gave up what it shared with this one.
 */
export type Excuse = 'trimmed' | 'unshared' | 'shared';

export interface MapRules {
  /** Whether the model was told, up to now, that storage of a file has become shared, and that it no longer is. */
  readonly tellsSharing: boolean;
}

export interface MapComparison {
  readonly differences: readonly MapDifference[];
  readonly excused: readonly (MapDifference & { readonly why: Excuse })[];
}

/**
 * Where the model claims to know what FIEMAP says otherwise: in type, in place, or in whether it is shared. What the model does not know is not compared,
 * nor what FIEMAP does not; a delayed allocation has no place, whatever stands there.
 */
export function compareMaps(model: FileClaims, kernel: FileClaims, rules: MapRules = { tellsSharing: true }): MapComparison {
  const differences: MapDifference[] = [],
    excused: (MapDifference & { readonly why: Excuse })[] = [];
  for (const { from, to, left, right } of sideBySide(model.map, kernel.map, 0n, U64_MAX)) {
    const isPastEnd = from >= model.size;
    if (!left || !isKnown(left) || (right ? right.type === MapType.UNKNOWN : !isPastEnd)) continue;
    const it = { from, to, model: at(left, from), kernel: right && at(right, from) },
      why = excuseOf(it, isPastEnd, rules);
    if (isSame(it.model, it.kernel)) continue;
    if (why) add(excused, { ...it, why });
    else add(differences, it);
  }
  return { differences, excused };
}

function excuseOf({ model, kernel }: MapDifference, isPastEnd: boolean, { tellsSharing }: MapRules): Excuse | undefined {
  if (isPastEnd && (!kernel || kernel.type === MapType.HOLE)) return 'trimmed';
  if (tellsSharing || !isSame({ ...model, flags: model.flags ^ MapFlag.SHARED }, kernel)) return undefined;
  return (model.flags & MapFlag.SHARED) !== 0 ? 'unshared' : 'shared';
}

/** It says where the bytes are, or that they are nowhere. */
export const isKnown = ({ type, addr }: MapClaim): boolean => type !== MapType.UNKNOWN && (!isPlaced(type) || addr !== NO_ADDR);

const isPlaced = (type: MapType): boolean => type === MapType.MAPPED || type === MapType.UNWRITTEN;

const at = (claim: MapClaim, from: bigint): MapClaim => ({
  ...claim,
  from,
  // What is compressed has one place for all of it.
  addr: claim.addr === NO_ADDR || (claim.flags & ExtentFlag.ENCODED) !== 0 ? claim.addr : claim.addr + (from - claim.from),
});

function isSame(model: MapClaim, kernel: MapClaim | undefined): boolean {
  if (!kernel) return model.type === MapType.HOLE;
  if (model.type !== kernel.type) return false;
  if (!isPlaced(model.type)) return true;
  if (model.addr !== kernel.addr || model.device !== kernel.device) return false;
  return (model.flags & ExtentFlag.SHARING_UNKNOWN) !== 0 || ((model.flags ^ kernel.flags) & MapFlag.SHARED) === 0;
}

/** Neighbours that differ in the same way are one difference. */
function add<D extends MapDifference>(to: D[], it: D): void {
  const last = to.at(-1);
  if (last && last.to === it.from && goesOn(last.model, it.model) && goesOn(last.kernel, it.kernel))
    to[to.length - 1] = { ...last, to: it.to };
  else to.push(it);
}

function goesOn(a: MapClaim | undefined, b: MapClaim | undefined): boolean {
  if (!a || !b) return a === b;
  return isSame(a, at(b, a.from)) && a.how === b.how;
}
