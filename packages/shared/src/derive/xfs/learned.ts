import type { Volume } from '../volume.ts';

/** Packed block numbers and the places that another event gave them, both in blocks. */
type Samples = ReadonlyMap<bigint, bigint>;

const MOST_SAMPLES = 64;
const MOST_LOG = 31;
/** The oldest are forgotten. */
const MOST_RUNS = 1024;

/** Packed block numbers that follow each other in one group, and the block of the device where the first lies. */
interface Run {
  readonly packed: bigint;
  readonly count: bigint;
  readonly place: bigint;
}

/**
 * What packs block numbers, learnt from a trace alone: XFS says a mapping in blocks, and a moment later the iterator says the same in bytes. Until two
 * groups have been seen only numbers of the first one are believed, where packed and linear are the same, and those that were told themselves.
 */
export class LearnedXfs implements Volume {
  readonly filesystem = 'xfs';
  readonly dev: number;
  readonly device: number;
  /** As on a disk that is not divided: of a partition the ends of its I/O are not seen, since they name the disk. */
  readonly disk: { readonly dev: number; readonly from: bigint };
  blockSize = 0;
  groups: { readonly blocks: number; readonly log: number } | undefined;
  /** Of numbers that are not their own place. */
  private readonly samples = new Map<bigint, bigint>();
  private readonly runs: Run[] = [];
  private isSolved = false;
  /** No larger number was seen to be its own place: none below it is packed. */
  private plain = 0n;

  constructor(dev: number, device: number) {
    this.dev = dev;
    this.device = device;
    this.disk = { dev, from: 0n };
  }

  /** A mapping of `count` blocks at block `packed`; undefined: it has no place. It is `length` bytes at `addr`. */
  learn(count: bigint, length: bigint, packed: bigint | undefined, addr: bigint): void {
    if (this.blockSize === 0 && count > 0n && length % count === 0n) {
      const size = Number(length / count);
      if (size >= 512 && size <= 65_536 && (size & (size - 1)) === 0) this.blockSize = size;
    }
    if (packed === undefined || this.blockSize === 0 || count * BigInt(this.blockSize) !== length || this.isSolved) return;
    const place = addr / BigInt(this.blockSize);
    const last = packed + count - 1n;
    if (packed === place) {
      // What is known already leaves as many sizes possible as before.
      if (last <= this.plain) return;
      this.plain = last;
    } else {
      if (this.told(packed) === place && this.told(last) === place + count - 1n) return;
      this.runs.push({ packed, count, place });
      if (this.runs.length > MOST_RUNS) this.runs.splice(0, MOST_RUNS / 2);
      if (this.samples.has(packed) || this.samples.size >= MOST_SAMPLES) return;
      this.samples.set(packed, place);
    }
    const found = solve(this.samples, this.plain);
    if (found) {
      this.groups = found;
      this.isSolved = true;
      // Below the largest number that is its own place nothing is packed, as if there were one group alone.
    } else if (this.plain > 0n) this.groups = { blocks: Number(this.plain) + 1, log: MOST_LOG };
  }

  /** The block of the device that a packed one is, where that was told of it or of a mapping that it lies in: no mapping goes beyond its group. */
  readonly told = (packed: bigint): bigint | undefined => {
    const run = this.runs.findLast((one) => packed >= one.packed && packed < one.packed + one.count);
    return run && run.place + (packed - run.packed);
  };
}

/** The one size of groups that fits all samples and the largest number that is its own place; undefined: several do, or there are no samples. */
function solve(samples: Samples, plain: bigint): { blocks: number; log: number } | undefined {
  let found: { blocks: number; log: number } | undefined;
  const [first] = samples;
  if (!first) return undefined;
  const [packed, place] = first;
  for (let log = 1; log <= MOST_LOG; log++) {
    const group = packed >> BigInt(log),
      rest = place - (packed & ((1n << BigInt(log)) - 1n));
    if (group === 0n || rest <= 0n || rest % group !== 0n) continue;
    const blocks = rest / group;
    if (blocks > 1n << BigInt(log) || blocks <= 1n << BigInt(log - 1)) continue;
    if (![[plain, plain] as const, ...samples].every(([a, b]) => fits(a, b, BigInt(log), blocks))) continue;
    if (found) return undefined;
    found = { blocks: Number(blocks), log };
  }
  return found;
}

const fits = (packed: bigint, place: bigint, log: bigint, blocks: bigint): boolean => {
  const inGroup = packed & ((1n << log) - 1n);
  return inGroup < blocks && (packed >> log) * blocks + inGroup === place;
};
