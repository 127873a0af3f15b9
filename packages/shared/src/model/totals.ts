import { FolioState, MapType } from '../trace/index.ts';
import { minBig, U64_MAX } from '../units/index.ts';
import { extentCounting, extentTypes, folioCounting, folioStates } from './counting.ts';
import { typeOf } from './extents.ts';
import type { FileState } from './file-state.ts';
import { type Parts, sum, sumInto } from './summary.ts';

/** Bytes of a whole file, by what they are. */
export interface Totals {
  /** Storage counts wherever it is, also past the end of the file. */
  readonly mapped: bigint;
  readonly unwritten: bigint;
  /** Of both maps. */
  readonly delalloc: bigint;
  readonly inline: bigint;
  /** Inside the file's size, as is `unknown`; without what delalloc lies over. */
  readonly hole: bigint;
  readonly unknown: bigint;
  /** Storage that another file has too. */
  readonly shared: bigint;
  readonly cached: bigint;
  /** Dirty for sure, and dirty only because the folio is. */
  readonly dirty: bigint;
  readonly writeback: bigint;
  readonly failed: bigint;
  /** Inside the file's size: whether it is cached, and dirty, is not known. */
  readonly foliosUnknown: bigint;
  /** Extents with a place on a device. */
  readonly pieces: number;
}

interface Kept {
  readonly key: string;
  readonly totals: Totals;
}
const kept = new WeakMap<FileState, Kept>();

/** Computed when something changed, chunk by chunk; else the same object again. */
export function totals(file: FileState): Totals {
  const key = `${file.data.version} ${file.pending.version} ${file.folios.version} ${file.size}`,
    known = kept.get(file);
  if (known?.key === key) return known.totals;
  const whole = sum(file.data, extentCounting, 0n, U64_MAX),
    inside = sum(file.data, extentCounting, 0n, file.size);
  const pending = sum(file.pending, extentCounting, 0n, U64_MAX),
    cache = sum(file.folios, folioCounting, 0n, U64_MAX);
  const told = inside.reduce((bytes, part, kind) => bytes + (part && extentTypes[kind] !== MapType.UNKNOWN ? part.bytes : 0n), 0n);
  const out: Totals = {
    mapped: bytesOf(whole, MapType.MAPPED),
    unwritten: bytesOf(whole, MapType.UNWRITTEN),
    delalloc: bytesOf(whole, MapType.DELALLOC) + bytesOf(pending, MapType.DELALLOC),
    inline: bytesOf(whole, MapType.INLINE),
    hole: bytesOf(inside, MapType.HOLE) - holeUnderDelalloc(file),
    unknown: file.size - told,
    shared: whole.reduce((bytes, part) => bytes + (part?.shared ?? 0n), 0n),
    cached: folioBytes(cache, FolioState.dirty, FolioState.folioDirty, FolioState.writeback, FolioState.added, FolioState.clean),
    dirty: folioBytes(cache, FolioState.dirty, FolioState.folioDirty),
    writeback: folioBytes(cache, FolioState.writeback),
    failed: folioBytes(cache, FolioState.failed),
    foliosUnknown: folioBytes(sum(file.folios, folioCounting, 0n, file.size), FolioState.unknown),
    pieces: (partOf(whole, MapType.MAPPED)?.runs ?? 0) + (partOf(whole, MapType.UNWRITTEN)?.runs ?? 0),
  };
  kept.set(file, { key, totals: out });
  return out;
}

/** A file is written: what has no place yet is a hole in the data map, and no hole any more to who reads it. */
function holeUnderDelalloc({ data, pending, size }: FileState): bigint {
  const under: Parts = [];
  let c = 0;
  pending.each(0n, size, (chunk, i) => {
    if (typeOf(chunk, i) === MapType.DELALLOC) c = sumInto(data.pieces, c, extentCounting, chunk.from(i), minBig(chunk.to(i), size), under);
  });
  return bytesOf(under, MapType.HOLE);
}

const partOf = (parts: Parts, type: (typeof extentTypes)[number]) => parts[extentTypes.indexOf(type)];
const bytesOf = (parts: Parts, type: (typeof extentTypes)[number]): bigint => partOf(parts, type)?.bytes ?? 0n;
const folioBytes = (parts: Parts, ...states: (typeof folioStates)[number][]): bigint =>
  states.reduce((bytes, state) => bytes + (parts[folioStates.indexOf(state)]?.bytes ?? 0n), 0n);
