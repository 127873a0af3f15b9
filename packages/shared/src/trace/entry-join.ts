import { maxBig, minBig } from '../units/index.ts';
import { BlockType } from './block.ts';
import type { BlockEntry } from './block-index.ts';

/** Bytes of the file, and rows, that one entry stands for, if a single block is not more: what a reader unpacks to find one row. */
const ENTRY_BYTES = 48 << 10;
const ENTRY_ROWS = 1 << 12;
/** Nanoseconds of it: an overview spreads the rows of an entry evenly over its time, as if nothing had been quiet in there. */
const ENTRY_NS = 100_000_000n;

/**
 * One entry for the blocks of both, where they are of events and `b` begins where `a` ends: a recorder writes a block for every frame, and an index
 * of them all would be as long as the recording.
 */
export function joinedEntry(a: BlockEntry, b: BlockEntry): BlockEntry | undefined {
  const belong = isEvents(a) && isEvents(b) && a.at + a.size === b.at;
  if (!belong || a.size + b.size > ENTRY_BYTES || a.rows + b.rows > ENTRY_ROWS) return undefined;
  const first = minBig(a.first, b.first),
    until = maxBig(a.until, b.until);
  if (until - first > ENTRY_NS) return undefined;
  return {
    type: a.type,
    continues: false,
    at: a.at,
    size: a.size + b.size,
    rows: a.rows + b.rows,
    first,
    until,
    counts: a.counts && b.counts && a.counts.map((n, kind) => n + b.counts![kind]!),
    inodes: a.inodes && b.inodes && union(a.inodes, b.inodes),
  };
}

/** Puts the entry of the next block behind those that are there, or into the last of them. */
export function appendEntry(entries: BlockEntry[], next: BlockEntry): void {
  const last = entries.at(-1),
    both = last && joinedEntry(last, next);
  if (both) entries[entries.length - 1] = both;
  else entries.push(next);
}

const isEvents = ({ type, damage }: BlockEntry): boolean => type === BlockType.events && !damage;

/** Of ascending numbers, ascending. */
function union(a: Uint32Array, b: Uint32Array): Uint32Array {
  const out = new Uint32Array(a.length + b.length);
  let n = 0;
  for (let i = 0, k = 0; i < a.length || k < b.length; n++) {
    const isFromA = k === b.length || (i < a.length && a[i]! <= b[k]!);
    out[n] = isFromA ? a[i]! : b[k]!;
    if (isFromA && k < b.length && a[i] === b[k]) k++;
    if (isFromA) i++;
    else k++;
  }
  return out.slice(0, n);
}
