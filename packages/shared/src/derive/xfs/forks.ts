import { MapType, NO_ADDR, Where } from '../../trace/index.ts';
import { maxBig, minBig } from '../../units/index.ts';
import { ExtentFlag, MapFlag } from '../../wire/index.ts';
import type { Claims, Mapping } from '../claims.ts';
import { addHole, common, type Holes, pieces } from '../holes.ts';
import type { Inode } from '../inode.ts';
import type { Moment } from '../ops.ts';
import { bytesOfPacked } from '../volume.ts';

/** An extent record of one of the two forks of a file, as XFS has it in memory. */
export interface ForkRecord {
  /** undefined: there is none. */
  inode: Inode | undefined;
  isCow: boolean;
  isUnwritten: boolean;
  /** Bytes of the file. */
  from: bigint;
  to: bigint;
  /** As the event has it: packed, or a delayed allocation. */
  block: bigint;
}

/** Bytes of a file. */
export interface Range {
  readonly from: bigint;
  readonly to: bigint;
}
export const noRange: Range = { from: 0n, to: 0n };

export const noRecord = (): ForkRecord => ({ inode: undefined, isCow: false, isUnwritten: false, from: 0n, to: 0n, block: 0n });

/** A start block with these bits is a delayed allocation. Fact: STARTBLOCKMASK, fs/xfs/libxfs/xfs_bmap_btree.h. */
const DELAYED = ((1n << 35n) - 1n) << 17n;
const HOLE = (1n << 64n) - 2n;

/** The bytes of the device that a record has; undefined: none, or they are not known. */
export function placeOf({ inode, block, from, to }: ForkRecord): Range | undefined {
  const start = !inode || isDelayed(block) ? undefined : bytesOfPacked(inode.volume, block);
  return start === undefined ? undefined : { from: start, to: start + (to - from) };
}

export const isDelayed = (block: bigint): boolean => block !== HOLE && (block & DELAYED) === DELAYED;

/** What records of forks say of the maps: each is the whole truth of its range. */
export class Forks {
  private readonly claims: Claims;
  private readonly mapping: Mapping = { offset: 0n, length: 0n, addr: NO_ADDR, type: 0, flags: 0, device: 0 };

  constructor(claims: Claims) {
    this.claims = claims;
  }

  /**
   * `[from, to)` of the record is there. It is another file's too in what of it lies in `shared`, and where its place was told to be shared before. `old`: places, bytes, that
   * the file had before; of those nobody tells whether they are shared, unless that was told since the file is there. `where`: that is said of these.
   */
  present(
    moment: Moment,
    op: number,
    inode: Inode,
    record: ForkRecord,
    from: bigint,
    to: bigint,
    shared: Range,
    old: Holes,
    where: Where = Where.different,
  ): void {
    if (from >= to) return;
    const isWaiting = isDelayed(record.block),
      start = isWaiting ? undefined : bytesOfPacked(inode.volume, record.block);
    if (record.isCow) {
      this.claims.copying(moment, inode, op, this.filled(inode, record, from, to, start, MapFlag.SHARED));
      return;
    }
    if (isWaiting) return this.claims.delayed(moment, inode, op, from, to);
    this.claims.undelayed(moment, inode, op, from, to);
    // Without the geometry a packed number is no place.
    if (start === undefined) {
      inode.lacksPlaces = true;
      return this.claims.doubt(moment, inode, op, from, to);
    }
    // Unwritten space is nobody else's. Fact: xfs_reflink_trim_around_shared, fs/xfs/xfs_reflink.c.
    if (record.isUnwritten) return this.tell(moment, inode, op, this.filled(inode, record, from, to, start, 0));
    const toPlace = start - record.from,
      places = this.claims.sharers.within(inode.volume.dev, from + toPlace, to + toPlace);
    addHole(places, maxBig(shared.from, from) + toPlace, minBig(shared.to, to) + toPlace);
    for (const [at, end] of pieces(from + toPlace, to + toPlace, places)) {
      for (const [first, last] of pieces(at, end, inode.isWhole ? [] : old))
        this.tell(moment, inode, op, this.filled(inode, record, first - toPlace, last - toPlace, start, 0));
      for (const [first, last] of inode.isWhole ? [] : common(at, end, old))
        this.claims.data(
          moment,
          inode,
          op,
          this.filled(inode, record, first - toPlace, last - toPlace, start, ExtentFlag.SHARING_UNKNOWN),
          where,
        );
    }
    for (const [at, end] of places)
      this.tell(moment, inode, op, this.filled(inode, record, at - toPlace, end - toPlace, start, MapFlag.SHARED));
  }

  private tell(moment: Moment, inode: Inode, op: number, m: Mapping): void {
    this.claims.data(moment, inode, op, m, (m.flags & MapFlag.SHARED) === 0 ? Where.different : Where.everywhere);
  }

  private filled(inode: Inode, record: ForkRecord, from: bigint, to: bigint, start: bigint | undefined, flags: number): Mapping {
    const { mapping: m } = this;
    m.offset = from;
    m.length = to - from;
    m.addr = start === undefined ? NO_ADDR : start + (from - record.from);
    m.type = isDelayed(record.block) ? MapType.DELALLOC : record.isUnwritten ? MapType.UNWRITTEN : MapType.MAPPED;
    m.flags = flags;
    m.device = inode.volume.device;
    return m;
  }

  /** `[from, to)` of the record is there no more. */
  absent(moment: Moment, op: number, inode: Inode, isCow: boolean, from: bigint, to: bigint): void {
    if (from >= to) return;
    if (isCow) this.claims.copied(moment, inode, op, from, to);
    else {
      this.claims.undelayed(moment, inode, op, from, to);
      this.claims.hole(moment, inode, op, from, to);
    }
  }

  /**
   * A record became another. What both say of a place is no news. `taken`, where the record ends now, is what its task takes out of the fork: what lost its record
   * behind that is about to get one of its own, since what is in the middle of a record is taken by cutting it in two. undefined: it takes nothing.
   */
  change(
    moment: Moment,
    op: number,
    inode: Inode,
    before: ForkRecord,
    after: ForkRecord,
    shared: Range,
    taken: Range | undefined,
    old: Holes,
  ): void {
    const { isCow } = after,
      isShift = !isCow && before.from !== after.from && before.block === after.block && before.to - before.from === after.to - after.from,
      // Up to where something is gone behind the first part.
      end = taken && !isCow && before.from === after.from ? minBig(before.to, taken.to) : before.to;
    const hasMoved = isShift && !isDelayed(after.block);
    if (hasMoved) {
      const place = bytesOfPacked(inode.volume, after.block);
      this.claims.moved(moment, inode, op, after.from, after.to, inode, before.from, 0);
      if (place !== undefined) this.claims.sharers.move(inode, place, after.to - after.from, before.from, after.from);
    }
    this.absent(moment, op, inode, isCow, before.from, minBig(before.to, after.from));
    this.absent(moment, op, inode, isCow, maxBig(before.from, after.to), end);
    if (hasMoved) return;
    if (!saysTheSame(inode, before, after) || before.to <= after.from || before.from >= after.to)
      return this.present(moment, op, inode, after, after.from, after.to, shared, old);
    this.present(moment, op, inode, after, after.from, before.from, shared, old);
    this.present(moment, op, inode, after, before.to, after.to, shared, old);
  }
}

function saysTheSame({ volume }: Inode, a: ForkRecord, b: ForkRecord): boolean {
  const isWaiting = isDelayed(a.block);
  if (isWaiting || isDelayed(b.block)) return isWaiting && isDelayed(b.block);
  if (a.isUnwritten !== b.isUnwritten || volume.blockSize === 0) return false;
  return b.block - a.block === (b.from - a.from) / BigInt(volume.blockSize);
}
