import { FolioFlag, FolioState, How } from '../trace/index.ts';
import { ceilTo, minBig } from '../units/index.ts';
import { addHole, firstBehind, holeAt } from './holes.ts';
import type { Inode } from './inode.ts';
import type { Moment } from './ops.ts';
import type { Rows } from './rows.ts';

/** What is kept of a large folio: its order, and whether it is dirty. */
const ORDER = 0x1f;
const DIRTY = 0x20;
/** No folio is larger than 2^11 pages. Fact: MAX_PAGECACHE_ORDER, include/linux/pagemap.h. */
const MOST_ORDER = 11;
/** Pieces of a file whose folios are known in size. */
const MOST_SIZED = 4096;

/**
 * The large folios in the cache, since events name only their first page, and their splits, of which no event tells: a part of one that is truncated
 * or punched is split off when the folio is clean, and parts that lie past the end of the file are dropped unsaid (facts: truncate_inode_partial_folio
 * in mm/truncate.c, __folio_split in mm/huge_memory.c). Folios of order 0 take no room.
 */
export class Folios {
  private readonly rows: Rows;
  private readonly pageSize: bigint;
  /** Since 6.15 a folio is halved until the page is apart; before all of its pages were. */
  private readonly halves: boolean;

  constructor(rows: Rows, pageSize: bigint, halves: boolean) {
    this.rows = rows;
    this.pageSize = pageSize;
    this.halves = halves;
  }

  came({ large, sized }: Inode, page: bigint, order: number): void {
    if (order > 0) large.set(page, order);
    else large.delete(page);
    if (!sized) return;
    const from = page * this.pageSize;
    addHole(sized, from, from + (this.pageSize << BigInt(order)));
    // Less is known then.
    if (sized.length > MOST_SIZED) sized.length = 0;
  }

  /** How far the folio that begins at this page may reach, bytes of the file; its size is not known. undefined: it is. */
  reach({ sized }: Inode, page: bigint): bigint | undefined {
    const from = page * this.pageSize;
    if (!sized || holeAt(sized, from)) return undefined;
    let order = 0;
    // A folio begins at a multiple of its size. Fact: filemap_add_folio, mm/filemap.c.
    while (order < MOST_ORDER && ((page >> BigInt(order)) & 1n) === 0n) order++;
    const most = from + (this.pageSize << BigInt(order));
    const next = sized[firstBehind(sized, from)];
    return next ? minBig(next[0], most) : most;
  }

  /** The folio that holds this page, bytes of the file; of one whose size is not known, all that it may hold. */
  around(inode: Inode, page: bigint): { readonly from: bigint; readonly to: bigint; readonly isKnown: boolean } {
    const first = this.covering(inode, page),
      { sized } = inode,
      at = page * this.pageSize;
    if (first !== undefined || !sized || holeAt(sized, at)) {
      const from = (first ?? page) * this.pageSize;
      return { from, to: from + this.size(inode, first ?? page), isKnown: true };
    }
    let from = at,
      to = at + this.pageSize;
    for (let order = 1n; order <= MOST_ORDER; order++) {
      const wider = ((page >> order) << order) * this.pageSize,
        end = wider + (this.pageSize << order),
        next = sized[firstBehind(sized, wider)];
      if (next && next[0] < end) break;
      from = wider;
      to = end;
    }
    return { from, to, isKnown: false };
  }

  /** A folio left. If it was part of a larger one, that was split unseen: what the others are is not known. */
  left(moment: Moment, inode: Inode, page: bigint, order: number): void {
    const { large } = inode;
    if (large.size === 0) return;
    const first = this.covering(inode, page);
    if (first === undefined) return;
    const was = large.get(first)! & ORDER;
    large.delete(first);
    if (first !== page || was !== order) this.tell(moment, inode, FolioState.unknown, first, was, 0);
  }

  /** Bytes of the folio that begins at this page. */
  size({ large }: Inode, page: bigint): bigint {
    return this.pageSize << BigInt((large.get(page) ?? 0) & ORDER);
  }

  dirtied({ large }: Inode, page: bigint): void {
    const known = large.get(page);
    if (known !== undefined) large.set(page, known | DIRTY);
  }

  taken({ large }: Inode, page: bigint): void {
    const known = large.get(page);
    if (known !== undefined) large.set(page, known & ~DIRTY);
  }

  /** Writeback took every folio of a range. */
  submitted({ large }: Inode, from: bigint, to: bigint): void {
    for (const [page, known] of large) if (page * this.pageSize >= from && page * this.pageSize < to) large.set(page, known & ~DIRTY);
  }

  /** `[from, to)` of one folio is dropped, and the rest stays: it is split at both ends. `size`: of the file. */
  cut(moment: Moment, inode: Inode, from: bigint, to: bigint, size: bigint): void {
    const page = from / this.pageSize,
      first = this.covering(inode, page);
    if (first === undefined) return;
    const known = inode.large.get(first)!;
    if ((known & DIRTY) !== 0) return;
    this.split(inode, first, page);
    const last = to / this.pageSize,
      second = last < first + (1n << BigInt(known & ORDER)) ? this.covering(inode, last) : undefined;
    if (second !== undefined) this.split(inode, second, last);
    this.retell(moment, inode, first, known & ORDER, ceilTo(size, this.pageSize) / this.pageSize);
  }

  /** The file ends at `size` now. A large folio over its end that nothing else told of is cut there. */
  truncated(moment: Moment, inode: Inode, size: bigint): void {
    const end = ceilTo(size, this.pageSize) / this.pageSize,
      first = inode.large.size > 0 ? this.covering(inode, size / this.pageSize) : undefined;
    if (first !== undefined && first < end && first + (1n << BigInt(inode.large.get(first)! & ORDER)) > end)
      this.cut(moment, inode, size, (first + (1n << BigInt(inode.large.get(first)! & ORDER))) * this.pageSize, size);
  }

  /** First page of the large folio that holds this page. */
  private covering({ large }: Inode, page: bigint): bigint | undefined {
    for (let order = 1; order <= MOST_ORDER; order++) {
      const first = (page >> BigInt(order)) << BigInt(order),
        known = large.get(first);
      if (known !== undefined && (known & ORDER) >= order) return first + (1n << BigInt(known & ORDER)) > page ? first : undefined;
    }
    return undefined;
  }

  /** Into halves, and the half that holds `page` again, until that page is apart. */
  private split({ large }: Inode, first: bigint, page: bigint): void {
    let order = large.get(first)! & ORDER,
      at = first;
    large.delete(first);
    while (this.halves && order > 0) {
      order--;
      const half = 1n << BigInt(order),
        isBelow = page < at + half,
        other = isBelow ? at + half : at;
      if (order > 0) large.set(other, order);
      if (!isBelow) at += half;
    }
  }

  /** What became of a folio that had `order`, part by part. */
  private retell(moment: Moment, inode: Inode, first: bigint, order: number, end: bigint): void {
    for (let page = first, last = first + (1n << BigInt(order)); page < last;) {
      const part = (inode.large.get(page) ?? 0) & ORDER;
      if (page >= end) {
        inode.large.delete(page);
        this.tell(moment, inode, FolioState.removed, page, part, FolioFlag.order | part);
      } else this.tell(moment, inode, FolioState.split, page, part, FolioFlag.order | part);
      page += 1n << BigInt(part);
    }
  }

  private tell(moment: Moment, inode: Inode, state: FolioState, page: bigint, order: number, flags: number): void {
    const i = this.rows.folio(moment, inode, state, page * this.pageSize, this.pageSize << BigInt(order)),
      c = this.rows.columns;
    c.flags[i] = flags;
    c.how[i] = state === FolioState.unknown ? How.unknown : How.derived;
  }
}
