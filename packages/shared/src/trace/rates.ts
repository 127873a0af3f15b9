import { BlockType } from './block.ts';
import type { BlockEntry } from './block-index.ts';
import type { Frame } from './frame.ts';
import { Kind } from './kind.ts';
import { type Recording, spanOf } from './recording.ts';

/** Rows over equal bins of time, by kind. */
export interface Rates {
  /** The clock where the first bin begins, nanoseconds: where the first recording does. */
  readonly from: bigint;
  /** Nanoseconds a bin. */
  readonly step: bigint;
  readonly bins: number;
  /** The clock behind the last row. */
  readonly until: bigint;
  /** A count a bin. `Kind.none`: rows of blocks that no index tells of, whose kinds only decoding would say. */
  readonly counts: ReadonlyMap<number, Uint32Array>;
}

/** A block that lasts longer than this part of the whole is looked into: so many can there be, and a few that overlap. */
const LONG = 64n;
const MOST_LONG = 96;

/**
 * How busy recordings were that go on from one another, oldest first, in at most `most` bins. As `ratesOf` says it, but for blocks that last long: of those, which
 * in a short recording are all, each row counts where it is. What cannot be read is spread.
 */
export async function closeRatesOf(parts: readonly Recording[], most: number): Promise<Rates> {
  const entries = parts.flatMap((part) => part.entries),
    { from, until } = timesOf(entries),
    frames = new Map<BlockEntry, readonly Frame[]>();
  for (const part of parts)
    for (const entry of countedOf(part.entries)) {
      if ((entry.until - entry.first) * LONG <= until - from || frames.size === MOST_LONG) continue;
      const content = await part.content(entry).catch(() => undefined);
      if (content && content.flaws.length === 0) frames.set(entry, content.frames);
    }
  return ratesOf(entries, most, frames);
}

const countedOf = (entries: readonly BlockEntry[]): BlockEntry[] =>
  entries.filter(({ type, rows }) => type === BlockType.events && rows > 0);

function timesOf(entries: readonly BlockEntry[]): Pick<Rates, 'from' | 'until'> {
  const blocks = countedOf(entries),
    from = blocks.reduce((least, { first }) => (first < least ? first : least), spanOf(entries)?.from ?? 0n);
  return { from, until: blocks.reduce((last, block) => (block.until > last ? block.until : last), from) };
}

/**
 * How busy a stream was, from what the index says of each block: nothing is decoded. Rows of a block count as evenly spread over its time, if it is not among
 * `decoded`; the sum of all bins is the number of rows. `entries`: of recordings that go on from one another, oldest first. At most `most` bins.
 */
export function ratesOf(entries: readonly BlockEntry[], most: number, decoded?: ReadonlyMap<BlockEntry, readonly Frame[]>): Rates {
  const blocks = countedOf(entries),
    { from, until } = timesOf(entries);
  const step = (until - from) / BigInt(most) + 1n,
    bins = blocks.length === 0 ? 0 : Number((until - from) / step) + 1,
    counts = new Map<number, Uint32Array>();
  const binsOf = (kind: number): Uint32Array => {
    let found = counts.get(kind);
    if (!found) counts.set(kind, (found = new Uint32Array(bins)));
    return found;
  };
  const count = ({ count: n, kind, time }: Frame): void => {
    for (let i = 0; i < n; i++) {
      const bin = Math.floor(Number(time[i]! - from) / Number(step));
      binsOf(kind[i]!)[Math.max(0, Math.min(bins - 1, bin))]!++;
    }
  };
  for (const block of blocks) {
    const a = Number(block.first - from) / Number(step),
      b = Number(block.until - from) / Number(step);
    const frames = decoded?.get(block);
    if (frames) for (const frame of frames) count(frame);
    else if (!block.counts) spread(binsOf(Kind.none), a, b, block.rows);
    else
      for (let kind = 0; kind < block.counts.length; kind++) if (block.counts[kind]! > 0) spread(binsOf(kind), a, b, block.counts[kind]!);
  }
  return { from, step, bins, until, counts };
}

/** Gives `n` to the bins of `[from, to)`, measured in bins, each its share; what is left over from rounding down goes on to the next, so none is lost. */
function spread(bins: Uint32Array, from: number, to: number, n: number): void {
  const first = Math.min(bins.length - 1, Math.floor(from)),
    last = Math.max(first, Math.min(bins.length - 1, Math.ceil(to) - 1));
  for (let k = first, given = 0; k <= last; k++) {
    const upTo = k === last ? n : Math.floor((n * (k + 1 - from)) / (to - from));
    bins[k]! += upTo - given;
    given = upTo;
  }
}
