import type { Volume } from '../volume.ts';

/** A packed block number and the place that another event gave it, both in blocks. */
type Sample = readonly [packed: bigint, place: bigint];

const MOST_SAMPLES = 64;
const MOST_LOG = 31;

/**
 * What packs block numbers, learnt from a trace alone: XFS says a mapping in blocks, and a moment later the iterator says the same in bytes. Until two
 * groups have been seen only numbers of the first one are believed, where packed and linear are the same.
 */
export class LearnedXfs implements Volume {
  readonly filesystem = 'xfs';
  readonly dev: number;
  readonly device: number;
  blockSize = 0;
  groups: { readonly blocks: number; readonly log: number } | undefined;
  private readonly samples: Sample[] = [];
  private isSolved = false;
  /** No larger number was seen to be its own place: none below it is packed. */
  private plain = 0n;

  constructor(dev: number, device: number) {
    this.dev = dev;
    this.device = device;
  }

  /** A mapping of `count` blocks at block `packed`; undefined: it has no place. It is `length` bytes at `addr`. */
  learn(count: bigint, length: bigint, packed: bigint | undefined, addr: bigint): void {
    if (this.blockSize === 0 && count > 0n && length % count === 0n) {
      const size = Number(length / count);
      if (size >= 512 && size <= 65_536 && (size & (size - 1)) === 0) this.blockSize = size;
    }
    if (packed === undefined || this.blockSize === 0 || count * BigInt(this.blockSize) !== length || this.isSolved) return;
    const place = addr / BigInt(this.blockSize);
    if (packed === place) this.plain = packed > this.plain ? packed : this.plain;
    if (this.samples.length < MOST_SAMPLES) this.samples.push([packed, place]);
    const found = solve(this.samples);
    if (found) {
      this.groups = found;
      this.isSolved = true;
      // Below the largest number that is its own place nothing is packed, as if there were one group alone.
    } else if (this.plain > 0n) this.groups = { blocks: Number(this.plain) + 1, log: MOST_LOG };
  }
}

/** The one size of groups that fits all samples; undefined: several do, or the samples are of the first group alone. */
function solve(samples: readonly Sample[]): { blocks: number; log: number } | undefined {
  let found: { blocks: number; log: number } | undefined;
  const [packed, place] = samples.find(([a, b]) => a !== b) ?? [0n, 0n];
  if (packed === place) return undefined;
  for (let log = 1; log <= MOST_LOG; log++) {
    const group = packed >> BigInt(log),
      rest = place - (packed & ((1n << BigInt(log)) - 1n));
    if (group === 0n || rest <= 0n || rest % group !== 0n) continue;
    const blocks = rest / group;
    if (blocks > 1n << BigInt(log) || blocks <= 1n << BigInt(log - 1) || !samples.every((it) => fits(it, BigInt(log), blocks))) continue;
    if (found) return undefined;
    found = { blocks: Number(blocks), log };
  }
  return found;
}

const fits = ([packed, place]: Sample, log: bigint, blocks: bigint): boolean => {
  const inGroup = packed & ((1n << log) - 1n);
  return inGroup < blocks && (packed >> log) * blocks + inGroup === place;
};
