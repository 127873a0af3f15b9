import { modelAt } from '@mapscope/shared/model';
import { type ByteSource, eventRows, type Inflate, openRecording, type Recording } from '@mapscope/shared/trace';
import { isFlaw } from '@mapscope/shared/units';

/* The same opening and the same seeks in Node and in the browser; nothing here knows either. */

export interface Seeks {
  readonly seeks: number;
  /** Files in view, and how many there are to choose from. */
  readonly inView: number;
  readonly inodes: number;
}

export interface Measured {
  readonly openMs: number;
  readonly blocks: number;
  readonly events: number;
  /** Milliseconds of each seek. */
  readonly waits: readonly number[];
  /** By all seeks together. */
  readonly bytesRead: number;
}

const GOLDEN = 0.618_033_988_749_895;
/** Spread over everything, in no order, the same every time. */
const spread = (n: number): number => (n * GOLDEN) % 1;

/** Times all over the recording. */
function momentsOf({ span }: Recording, n: number): bigint[] {
  const { from, until } = span!;
  return Array.from({ length: n }, (_, k) => from + ((until - from) * BigInt(Math.floor(spread(k + 1) * 1e6))) / 1_000_000n);
}

/** Whose maps the `n`th seek wants. */
export const inodesInView = (n: number, { inView, inodes }: Seeks): number[] =>
  Array.from({ length: inView }, (_, k) => 1 + Math.floor(spread(n * inView + k + 1) * inodes));

/** Opens, then seeks all over it, one seek after the other. */
export async function measureSeeks(source: ByteSource, inflate: Inflate, seeks: Seeks): Promise<Measured> {
  let bytesRead = 0;
  const counted: ByteSource = {
    size: source.size,
    read: (at, length) => {
      bytesRead += length;
      return source.read(at, length);
    },
  };
  const started = performance.now(),
    opened = await openRecording(counted, inflate);
  if (isFlaw(opened)) throw new Error(opened.code);
  const openMs = performance.now() - started,
    waits: number[] = [];
  bytesRead = 0;
  for (const [n, at] of momentsOf(opened, seeks.seeks).entries()) {
    const from = performance.now();
    const { model, flaws } = await modelAt(opened, at, { inodes: inodesInView(n, seeks) });
    waits.push(performance.now() - from);
    if (model.until !== at || flaws.length > 0) throw new Error(`not at ${at}`);
  }
  return { openMs, blocks: opened.entries.length, events: eventRows(opened.entries), waits, bytesRead };
}
