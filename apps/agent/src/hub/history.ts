import { closeRatesOf, type Kind, meanings, nearestBlock, type Recording } from '@mapscope/shared/trace';

/** What is kept of the past: the spool of a running agent, or the recording that is played. */
export interface History {
  /** Recordings that go on from one another, oldest first. */
  parts(): readonly Recording[];
  /** Resolves when everything that has happened until now is in them. */
  settle(): Promise<void>;
}

/** How busy the kept past was, as JSON: nanoseconds are decimal strings, `counts` has rows a bin under the name of their kind. */
export interface Overview {
  readonly from: string;
  /** Nanoseconds a bin. */
  readonly step: string;
  readonly until: string;
  readonly bins: number;
  readonly counts: Readonly<Record<string, readonly number[]>>;
}

/** A moment in the nearest part of the past before (-1) or behind (1) `at` that has rows about an inode; null: there is none. */
export function findIn(history: History, inode: number, at: bigint, by: 1 | -1): { readonly at: string } | null {
  const entries = history.parts().flatMap((part) => part.entries),
    found = nearestBlock(entries, inode, at, by);
  return found ? { at: String(found.first) } : null;
}

/** In at most `most` equal bins of time. Of a long past nothing is decoded. */
export async function overviewOf(history: History, most: number): Promise<Overview> {
  const { from, step, until, bins, counts } = await closeRatesOf(history.parts(), most);
  return {
    from: String(from),
    step: String(step),
    until: String(until),
    bins,
    counts: Object.fromEntries([...counts].map(([kind, rows]) => [meanings[kind as Kind].name, [...rows]])),
  };
}
