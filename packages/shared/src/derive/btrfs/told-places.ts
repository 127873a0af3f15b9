import { maxBig } from '../../units/index.ts';

/** A file as events name it. */
export interface FileName {
  /** Kernel's dev_t of its filesystem. */
  readonly dev: number;
  readonly ino: bigint;
  /** Of its subvolume. */
  readonly root: bigint;
}

/** A range of a file whose place FIEMAP has told. */
export interface ToldPlace {
  /** Bytes of the file. */
  readonly from: bigint;
  readonly to: bigint;
  /** Where it lies in the filesystem's own addresses, by which its events name it. */
  readonly logical: bigint;
  /** Where it lies on a device, by the stream's number. */
  readonly addr: bigint;
  readonly device: number;
  /** As the extent row has them. */
  readonly flags: number;
}

export interface Placed extends FileName, ToldPlace {}

/** References to a range of addresses came or went. */
interface Change {
  /** CLOCK_MONOTONIC, nanoseconds. */
  readonly time: bigint;
  /** undefined: whatever the filesystem has. */
  readonly from: bigint | undefined;
  readonly to: bigint;
}

/** Places of 2^power bytes or less, by which 2^power bytes of the filesystem they begin in. */
type SizeClass = Map<number, Placed[]>;

/** The least power: 16 blocks, which may be as many extents, and each is compared with the others when it is told. */
const LEAST = 16;
/** Changes that are remembered of a filesystem. */
const MOST_CHANGES = 16_384;

/** What FIEMAP told of one filesystem, and what changed of late. */
class Filesystem {
  readonly classes = new Map<number, SizeClass>();
  changes: Change[] = [];
  /** What changed before is forgotten. */
  since = 0n;
}

/**
 * Where FIEMAP said that ranges of btrfs files lie, and whether others have them too. That this changes is told of the place alone, by the references that files
 * get or give up. What was told may come behind a change that is newer than the question: then it is out of date at once.
 */
export class ToldPlaces {
  /** Events tell of all changes: what FIEMAP says of sharing lasts until then. */
  isFollowed = false;
  private readonly filesystems = new Map<number, Filesystem>();
  private late: Placed[] = [];

  /** Somebody has asked at `at`, and it lies there. */
  told(it: Placed, at: bigint): void {
    const filesystem = this.of(it.dev);
    if (at < filesystem.since || isChanged(filesystem.changes, at, it)) {
      this.late.push(it);
      return;
    }
    const power = powerOf(it.to - it.from),
      { classes } = filesystem;
    let found = classes.get(power);
    if (!found) classes.set(power, (found = new Map()));
    const key = Number(it.logical >> BigInt(power)),
      others = found.get(key);
    if (!others) found.set(key, [it]);
    // Asked for again, or for a part of it.
    else if (!others.some((other) => covers(other, it))) others.push(it);
  }

  /** References to `[from, to)` have come or gone: what lies there, which is forgotten. */
  changed(dev: number, time: bigint, from: bigint, to: bigint): Placed[] {
    const filesystem = this.of(dev),
      out: Placed[] = [];
    remember(filesystem, { time, from, to });
    for (const [power, found] of filesystem.classes) {
      const size = BigInt(power),
        // A place that begins one before may reach into it.
        first = Number(maxBig((from >> size) - 1n, 0n)),
        last = Number((to - 1n) >> size);
      if (last - first < found.size)
        for (let key = first; key <= last; key++) takeOut(found, key, (it) => it.logical < to && from < endOf(it), out);
      else for (const key of found.keys()) takeOut(found, key, (it) => it.logical < to && from < endOf(it), out);
    }
    return out;
  }

  /** References to what is not named have come or gone: all that lies in subvolumes other than `butRoot`, forgotten. */
  allChanged(dev: number, time: bigint, butRoot?: bigint): Placed[] {
    const filesystem = this.of(dev),
      out: Placed[] = [];
    remember(filesystem, { time, from: undefined, to: 0n });
    for (const found of filesystem.classes.values())
      for (const key of found.keys()) takeOut(found, key, ({ root }) => root !== butRoot, out);
    return out;
  }

  /** What was out of date when it was told. */
  takeLate(): readonly Placed[] {
    if (this.late.length === 0) return nothing;
    const { late } = this;
    this.late = [];
    return late;
  }

  /** Records were lost, up to `time`. */
  forget(time: bigint): void {
    for (const filesystem of this.filesystems.values()) {
      filesystem.classes.clear();
      filesystem.changes = [];
      filesystem.since = time;
    }
  }

  private of(dev: number): Filesystem {
    let filesystem = this.filesystems.get(dev);
    if (!filesystem) this.filesystems.set(dev, (filesystem = new Filesystem()));
    return filesystem;
  }
}

const nothing: readonly Placed[] = [];

function remember(filesystem: Filesystem, change: Change): void {
  filesystem.changes.push(change);
  if (filesystem.changes.length <= 2 * MOST_CHANGES) return;
  filesystem.since = filesystem.changes[MOST_CHANGES]!.time + 1n;
  filesystem.changes = filesystem.changes.slice(MOST_CHANGES + 1);
}

function isChanged(changes: readonly Change[], since: bigint, it: Placed): boolean {
  for (let k = changes.length - 1; k >= 0 && changes[k]!.time > since; k--) {
    const { from, to } = changes[k]!;
    if (from === undefined || (from < endOf(it) && it.logical < to)) return true;
  }
  return false;
}

/** Behind what lies there. */
const endOf = ({ logical, from, to }: Placed): bigint => logical + (to - from);

/** Takes what is `wanted` out of those that begin in one stretch. */
function takeOut(found: SizeClass, key: number, wanted: (it: Placed) => boolean, out: Placed[]): void {
  const there = found.get(key);
  if (!there?.some(wanted)) return;
  const rest: Placed[] = [];
  for (const it of there) (wanted(it) ? out : rest).push(it);
  if (rest.length > 0) found.set(key, rest);
  else found.delete(key);
}

/** Of the least power of two that is not less than `length`. */
function powerOf(length: bigint): number {
  let power = LEAST;
  while (1n << BigInt(power) < length) power++;
  return power;
}

const covers = (other: Placed, it: Placed): boolean =>
  other.ino === it.ino &&
  other.root === it.root &&
  other.from <= it.from &&
  it.to <= other.to &&
  other.logical - other.from === it.logical - it.from &&
  other.addr - other.from === it.addr - it.from &&
  other.device === it.device &&
  other.flags === it.flags;
