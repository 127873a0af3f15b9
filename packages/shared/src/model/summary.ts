import { weakest } from '../trace/index.ts';
import type { Chunk } from './chunk.ts';
import type { RunMap } from './runs.ts';

/** What runs of one class in a range come to. */
export interface Part {
  /** Bytes covered. */
  bytes: bigint;
  /** Of those, bytes whose place another file has too. */
  shared: bigint;
  runs: number;
  /** All flags that any of them has. */
  flags: number;
  /** The weakest claim among them. */
  how: number;
  /** The newest. */
  since: bigint;
  /** Place of the first of them. */
  addr: bigint;
  device: number;
  order: number;
}

/** How runs of a map are counted: by class, each class a small number. */
export interface Counting {
  readonly classes: number;
  classOf(chunk: Chunk, i: number): number;
  /** A run as a part of its own, its bytes cut to `[from, to)`. */
  part(chunk: Chunk, i: number, from: bigint, to: bigint): Part;
}

/** One part a class; classes that do not occur are undefined. */
export type Parts = (Part | undefined)[];

export function addPart(parts: Parts, kind: number, part: Part): void {
  const sum = parts[kind];
  if (!sum) {
    parts[kind] = { ...part };
    return;
  }
  sum.bytes += part.bytes;
  sum.shared += part.shared;
  sum.runs += part.runs;
  sum.flags |= part.flags;
  sum.how = weakest(sum.how, part.how);
  if (part.since > sum.since) sum.since = part.since;
  if (part.order !== sum.order) sum.order = 0xff;
}

/** A chunk's own sum, computed once until the chunk changes. */
function summaryOf(chunk: Chunk, counting: Counting): Parts {
  if (chunk.summary) return chunk.summary as Parts;
  const parts: Parts = [];
  for (let i = 0; i < chunk.n; i++) addPart(parts, counting.classOf(chunk, i), counting.part(chunk, i, chunk.from(i), chunk.to(i)));
  chunk.summary = parts;
  return parts;
}

/** What the runs in `[from, to)` come to, a whole chunk at a time where it lies inside: a million runs are some 5,000 sums. */
export function sum(map: RunMap, counting: Counting, from: bigint, to: bigint): Parts {
  const parts: Parts = [];
  sumInto(map.pieces, 0, counting, from, to, parts);
  return parts;
}

/** `sum` from chunk `c` on; returns the chunk where the next range must begin to look. */
export function sumInto(chunks: readonly Chunk[], c: number, counting: Counting, from: bigint, to: bigint, parts: Parts): number {
  for (; c < chunks.length; c++) {
    const chunk = chunks[c]!,
      last = chunk.to(chunk.n - 1);
    if (last <= from) continue;
    if (chunk.from(0) >= to) return c;
    if (chunk.from(0) >= from && last <= to) {
      summaryOf(chunk, counting).forEach((part, kind) => part && addPart(parts, kind, part));
      continue;
    }
    for (let i = chunk.seek(from); i < chunk.n && chunk.from(i) < to; i++) {
      const start = chunk.from(i) > from ? chunk.from(i) : from,
        end = chunk.to(i) < to ? chunk.to(i) : to;
      addPart(parts, counting.classOf(chunk, i), counting.part(chunk, i, start, end));
    }
    if (last > to) return c;
  }
  return c;
}
