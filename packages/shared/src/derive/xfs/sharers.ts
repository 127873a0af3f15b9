import { maxBig, minBig } from '../../units/index.ts';
import { addHole, type Holes } from '../holes.ts';
import type { Inode } from '../inode.ts';

/** A range of a file that was told to be shared, where it lies. */
export interface Sharer {
  readonly inode: Inode;
  /** Bytes of the file. */
  readonly from: bigint;
  /** Bytes of the device. */
  readonly addr: bigint;
  readonly length: bigint;
}

/** Ranges of one volume at most. */
const MOST = 1 << 17;

/** Ends of sharing that are remembered, of all volumes: who asked before and is told of it behind them has to know. */
const MOST_ENDED = 1024;

/** A place that only one file has, since `time` nanoseconds. */
interface Ended {
  readonly time: bigint;
  readonly dev: number;
  /** Bytes of the device. */
  readonly from: bigint;
  readonly to: bigint;
}

/** Ranges of a volume, sorted by place; several files have one place. */
interface Volume {
  readonly sharers: Sharer[];
  /** No range was longer, bytes. */
  longest: bigint;
}

/**
 * Which files have said to share which places: what ends it is told of the place alone, when another file gives it up. A file may have given its own up unsaid
 * here, so what is found is true only where the file still lies there.
 */
export class Sharers {
  private readonly volumes = new Map<number, Volume>();
  private readonly most: number;
  private readonly lately: Ended[] = [];
  /** What ended until then is not remembered, nanoseconds. */
  private forgottenTo = 0n;

  constructor(most = MOST) {
    this.most = most;
  }

  /** Answers a range that had to go for this one: whether it is shared will not be heard of any more. */
  add({ inode, from, addr, length }: Sharer): Sharer | undefined {
    const volume = this.of(inode),
      { sharers } = volume;
    let at = firstAfter(sharers, addr),
      it: Sharer = { inode, from, addr, length };
    // What is told again, or goes on where another of the same file ends, is one with it.
    for (let k = at - 1; k >= 0 && sharers[k]!.addr + volume.longest >= addr; k--) {
      const other = sharers[k]!,
        end = other.addr + other.length;
      if (other.inode !== inode || other.addr - other.from !== addr - from || end < addr) continue;
      it = { ...other, length: maxBig(end, addr + length) - other.addr };
      sharers.splice(k, 1);
      at = k;
      break;
    }
    sharers.splice(at, 0, it);
    volume.longest = maxBig(volume.longest, it.length);
    return sharers.length > this.most ? sharers.splice(at === 0 ? sharers.length - 1 : 0, 1)[0] : undefined;
  }

  /** Which parts of `[from, to)` of a device several files have, as far as they were told, sorted and apart. */
  within(dev: number, from: bigint, to: bigint): Holes {
    const volume = this.volumes.get(dev),
      out: Holes = [];
    if (!volume) return out;
    const { sharers, longest } = volume;
    for (let k = firstAfter(sharers, to - 1n) - 1; k >= 0 && sharers[k]!.addr + longest > from; k--) {
      const { addr, length } = sharers[k]!;
      if (addr + length > from) addHole(out, maxBig(addr, from), minBig(addr + length, to));
    }
    return out;
  }

  /** A record of the file moved, from `from` to `to`, and lies where it did. */
  move(inode: Inode, addr: bigint, length: bigint, from: bigint, to: bigint): void {
    for (const it of this.take(inode.volume.dev, addr, addr + length, inode)) {
      const within = it.addr - addr;
      this.add(it.from === from + within ? { ...it, from: to + within } : it);
    }
  }

  /** Only one file has `[from, to)` of the device from now on: what was told of it, cut to that. It is forgotten. */
  *take(dev: number, from: bigint, to: bigint, only?: Inode): Generator<Sharer> {
    const volume = this.volumes.get(dev);
    if (!volume) return;
    const { sharers, longest } = volume,
      found: Sharer[] = [];
    for (let k = firstAfter(sharers, to - 1n) - 1; k >= 0 && sharers[k]!.addr + longest > from; k--) {
      const it = sharers[k]!;
      if (it.addr + it.length <= from || (only && it.inode !== only)) continue;
      sharers.splice(k, 1);
      found.push(it);
    }
    for (const it of found) {
      const start = maxBig(it.addr, from),
        end = minBig(it.addr + it.length, to);
      if (it.addr < start) this.add({ ...it, length: start - it.addr });
      if (end < it.addr + it.length) this.add(part(it, end, it.addr + it.length));
      yield part(it, start, end);
    }
  }

  /** Only one file has `[from, to)` of the device now. In order of time. */
  ended(time: bigint, dev: number, from: bigint, to: bigint): void {
    this.lately.push({ time, dev, from, to });
    if (this.lately.length > MOST_ENDED) for (const { time: last } of this.lately.splice(0, MOST_ENDED / 2)) this.forgottenTo = last;
  }

  /** Which parts of a range that was shared at `since` only one file has had in between, or may have had. */
  *endedSince({ inode, from, addr, length }: Sharer, since: bigint): Generator<Sharer> {
    const whole: Sharer = { inode, from, addr, length };
    if (since <= this.forgottenTo) {
      yield whole;
      return;
    }
    for (let k = this.lately.length - 1; k >= 0 && this.lately[k]!.time > since; k--) {
      const it = this.lately[k]!,
        start = maxBig(it.from, addr),
        end = minBig(it.to, addr + length);
      if (it.dev === inode.volume.dev && start < end) yield part(whole, start, end);
    }
  }

  /** Records of before `time` were lost. */
  forget(time: bigint): void {
    this.forgottenTo = maxBig(this.forgottenTo, time);
    this.volumes.clear();
  }

  private of({ volume: { dev } }: Inode): Volume {
    let volume = this.volumes.get(dev);
    if (!volume) this.volumes.set(dev, (volume = { sharers: [], longest: 0n }));
    return volume;
  }
}

const part = ({ inode, from, addr }: Sharer, start: bigint, end: bigint): Sharer => ({
  inode,
  from: from + (start - addr),
  addr: start,
  length: end - start,
});

/** Index of the first that begins after `at`. */
function firstAfter(sharers: readonly Sharer[], at: bigint): number {
  let low = 0,
    high = sharers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sharers[middle]!.addr > at) high = middle;
    else low = middle + 1;
  }
  return low;
}
