import { How, MapLayer, MapType, NO_ADDR } from '@mapscope/shared/trace';
import { U64_MAX } from '@mapscope/shared/units';
import { MapFlag } from '@mapscope/shared/wire';
import type { Mapping } from '../filesystem.ts';
import type { Inode } from '../inode.ts';
import type { Report } from './report.ts';
import { SaidExtents } from './said-extents.ts';

/** What stays true of an extent; the other bits speak of one operation. */
const LASTING = MapFlag.SHARED | MapFlag.MERGED | MapFlag.BOUNDARY;

/**
 * Turns what was answered and what was done into `extent` rows: what is so from now on, and how it is known. The data map is what
 * FIEMAP would say; the pending map holds what has been written but is not in the data map yet.
 */
export class Evidence {
  private readonly report: Report;

  constructor(report: Report) {
    this.report = report;
  }

  /** What was said before does not count any more: from here on the map is told anew. What waits for a place is told at once. */
  begin(inode: Inode): void {
    inode.said = undefined;
    if (inode.wasPending) this.settled(inode, 0, 0n, U64_MAX);
    for (const { from, to } of inode.dirty?.runs(Infinity) ?? [])
      this.pending(inode, 0, { offset: from, length: to - from, addr: NO_ADDR, type: MapType.DELALLOC, flags: 0, dev: 0 }, from, to);
  }

  /** A begin's read mapping: where the data is, says the filesystem. A DELALLOC has no place, so the data map has a hole there. */
  reported(inode: Inode, op: number, m: Mapping): void {
    const said = (inode.said ??= new SaidExtents());
    if (said.has(m)) return;
    said.forget(m.offset, m.offset + m.length);
    said.add(m);
    if (m.type === MapType.DELALLOC)
      this.report.extent(op, inode.number, MapLayer.data, How.derived, m.offset, m.length, NO_ADDR, MapType.HOLE, 0, 0);
    else this.report.extent(op, inode.number, MapLayer.data, How.reported, m.offset, m.length, m.addr, m.type, m.flags & LASTING, m.dev);
  }

  /** Blocks [from, to) were written at `target` and the filesystem took the end: they hold data now. */
  written(inode: Inode, op: number, target: Mapping, from: bigint, to: bigint): void {
    this.changed(inode, from, to);
    this.report.extent(
      op,
      inode.number,
      MapLayer.data,
      How.observed,
      from,
      to - from,
      target.addr + (from - target.offset),
      MapType.MAPPED,
      target.flags & LASTING & ~MapFlag.SHARED,
      target.dev,
    );
  }

  /** Bytes that wait for a place (DELALLOC), or for the remap that ends a copy on write. */
  pending(inode: Inode, op: number, target: Mapping, from: bigint, to: bigint): void {
    inode.wasPending = true;
    const addr = target.addr === NO_ADDR ? NO_ADDR : target.addr + (from - target.offset);
    this.report.extent(
      op,
      inode.number,
      MapLayer.pending,
      How.reported,
      from,
      to - from,
      addr,
      target.type,
      target.flags & LASTING,
      target.dev,
    );
  }

  /** Nothing waits in [from, to) any more. */
  settled(inode: Inode, op: number, from: bigint, to: bigint): void {
    this.report.extent(op, inode.number, MapLayer.pending, How.observed, from, to - from, NO_ADDR, MapType.HOLE, 0, 0);
  }

  /** What was said of [from, to) may no longer hold: say it again when it is answered next. With the map a layout changes. */
  changed(inode: Inode, from: bigint, to: bigint): void {
    inode.isLayoutStale = true;
    inode.said?.forget(from, to);
  }
}
