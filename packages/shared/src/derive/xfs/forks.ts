import { MapType, NO_ADDR, Where } from '../../trace/index.ts';
import { maxBig, minBig } from '../../units/index.ts';
import { MapFlag } from '../../wire/index.ts';
import type { Claims, Mapping } from '../claims.ts';
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

const isDelayed = (block: bigint): boolean => block !== HOLE && (block & DELAYED) === DELAYED;

/** What records of forks say of the maps: each is the whole truth of its range. */
export class Forks {
  private readonly claims: Claims;
  private readonly mapping: Mapping = { offset: 0n, length: 0n, addr: NO_ADDR, type: 0, flags: 0, device: 0 };

  constructor(claims: Claims) {
    this.claims = claims;
  }

  /** `[from, to)` of the record is there. What of it lies in `shared` is another file's too; of the rest that is not told, so it stays where the place does. */
  present(moment: Moment, op: number, inode: Inode, record: ForkRecord, from: bigint, to: bigint, shared: Range): void {
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
    if (start === undefined) return this.claims.doubt(moment, inode, op, from, to);
    const first = minBig(maxBig(shared.from, from), to),
      last = maxBig(minBig(shared.to, to), first);
    const tell = (at: bigint, end: bigint, flags: number): void => {
      const where = flags === 0 ? Where.different : Where.everywhere;
      if (at < end) this.claims.data(moment, inode, op, this.filled(inode, record, at, end, start, flags), where);
    };
    tell(from, first, 0);
    tell(first, last, MapFlag.SHARED);
    tell(last, to, 0);
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
   * A record became another. What both say of a place is no news. `taken` is what its task takes out of the fork: what lost its record behind that is about to
   * get one of its own, since what is in the middle of a record is taken by cutting it in two.
   */
  change(moment: Moment, op: number, inode: Inode, before: ForkRecord, after: ForkRecord, shared: Range, taken: Range): void {
    const { isCow } = after,
      isShift = !isCow && before.from !== after.from && before.block === after.block && before.to - before.from === after.to - after.from,
      isCut = !isCow && before.from === after.from && after.to >= taken.from && after.to < taken.to;
    if (isShift && !isDelayed(after.block)) this.claims.moved(moment, inode, op, after.from, after.to, inode, before.from, 0);
    this.absent(moment, op, inode, isCow, before.from, minBig(before.to, after.from));
    this.absent(moment, op, inode, isCow, maxBig(before.from, after.to), isCut ? minBig(before.to, taken.to) : before.to);
    if (!saysTheSame(inode, before, after) || before.to <= after.from || before.from >= after.to)
      return this.present(moment, op, inode, after, after.from, after.to, shared);
    this.present(moment, op, inode, after, after.from, before.from, shared);
    this.present(moment, op, inode, after, before.to, after.to, shared);
  }
}

function saysTheSame({ volume }: Inode, a: ForkRecord, b: ForkRecord): boolean {
  const isWaiting = isDelayed(a.block);
  if (isWaiting || isDelayed(b.block)) return isWaiting && isDelayed(b.block);
  if (a.isUnwritten !== b.isUnwritten || volume.blockSize === 0) return false;
  return b.block - a.block === (b.from - a.from) / BigInt(volume.blockSize);
}
