import { MapType, NO_ADDR } from '../../trace/index.ts';
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

  /** `[from, to)` of the record is there; `flags` of an extent that is shared. */
  present(moment: Moment, op: number, inode: Inode, record: ForkRecord, from: bigint, to: bigint, flags: number): void {
    if (from >= to) return;
    const { mapping: m } = this,
      isWaiting = isDelayed(record.block),
      start = isWaiting ? undefined : bytesOfPacked(inode.volume, record.block);
    m.offset = from;
    m.length = to - from;
    m.addr = start === undefined ? NO_ADDR : start + (from - record.from);
    m.type = isWaiting ? MapType.DELALLOC : record.isUnwritten ? MapType.UNWRITTEN : MapType.MAPPED;
    m.flags = flags;
    m.device = inode.volume.device;
    if (record.isCow) {
      m.flags = MapFlag.SHARED;
      this.claims.copying(moment, inode, op, m);
    } else if (isWaiting) this.claims.delayed(moment, inode, op, from, to);
    else {
      this.claims.undelayed(moment, inode, op, from, to);
      // Without the geometry a packed number is no place.
      if (start === undefined) this.claims.doubt(moment, inode, op, from, to);
      else this.claims.data(moment, inode, op, m);
    }
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

  /** A record became another. What both say of a place is no news. */
  change(moment: Moment, op: number, inode: Inode, before: ForkRecord, after: ForkRecord, flags: number): void {
    const { isCow } = after;
    this.absent(moment, op, inode, isCow, before.from, before.to < after.from ? before.to : after.from);
    this.absent(moment, op, inode, isCow, before.from > after.to ? before.from : after.to, before.to);
    if (!saysTheSame(inode, before, after) || before.to <= after.from || before.from >= after.to)
      return this.present(moment, op, inode, after, after.from, after.to, flags);
    this.present(moment, op, inode, after, after.from, before.from, flags);
    this.present(moment, op, inode, after, before.to, after.to, flags);
  }
}

function saysTheSame({ volume }: Inode, a: ForkRecord, b: ForkRecord): boolean {
  const isWaiting = isDelayed(a.block);
  if (isWaiting || isDelayed(b.block)) return isWaiting && isDelayed(b.block);
  if (a.isUnwritten !== b.isUnwritten || volume.blockSize === 0) return false;
  return b.block - a.block === (b.from - a.from) / BigInt(volume.blockSize);
}
