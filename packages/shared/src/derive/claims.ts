import { How, Kind, MapLayer, MapType, NO_ADDR, Where } from '../trace/index.ts';
import { U64_MAX } from '../units/index.ts';
import { ExtentFlag, MapFlag } from '../wire/index.ts';
import { unsure } from './fiemap-meaning.ts';
import { fillHole, addHole, pieces } from './holes.ts';
import type { Inode } from './inode.ts';
import type { Moment } from './ops.ts';
import type { Rows } from './rows.ts';
import { type Sharer, Sharers } from './xfs/sharers.ts';

/** A mapping as a tracepoint gives it: bytes, wire flags, the stream's number of the device. */
export interface Mapping {
  offset: bigint;
  length: bigint;
  /** NO_ADDR: none. */
  addr: bigint;
  type: number;
  flags: number;
  device: number;
}

/** What FIEMAP alone says, and what is told again of it. */
const OF_FIEMAP = ExtentFlag.ENCODED | ExtentFlag.DATA_ENCRYPTED | ExtentFlag.NOT_ALIGNED | ExtentFlag.COPIES;
/** What of a mapping lasts: the rest is about the moment. */
const LASTING = MapFlag.SHARED | MapFlag.MERGED | OF_FIEMAP | ExtentFlag.SHARING_UNKNOWN;
/** No file is longer; what a kernel says of the range behind it is about nothing. Fact: s64 of lseek(2). */
const MOST = 1n << 63n;

/** What records say of the two maps of a file, as extent rows. */
export class Claims {
  /** XFS: who was told to share what. */
  readonly sharers = new Sharers();
  private readonly rows: Rows;

  constructor(rows: Rows) {
    this.rows = rows;
  }

  /** Whether this very mapping was claimed last, and nothing said of the inode's map since: then it says nothing new. */
  isOld({ claimed }: Inode, m: Mapping, where: Where): boolean {
    return (
      claimed.isSet &&
      claimed.where === where &&
      claimed.offset === m.offset &&
      claimed.length === m.length &&
      claimed.addr === m.addr &&
      claimed.type === m.type &&
      claimed.flags === m.flags
    );
  }

  /** This mapping is being claimed: `isOld` will know it. To be called when its rows are made. */
  note({ claimed }: Inode, m: Mapping, where: Where): void {
    claimed.isSet = true;
    claimed.where = where;
    claimed.offset = m.offset;
    claimed.length = m.length;
    claimed.addr = m.addr;
    claimed.type = m.type;
    claimed.flags = m.flags;
  }

  /** From now on the range of `m` is so in the data map. */
  data(moment: Moment, inode: Inode, op: number, m: Mapping, where: Where = Where.everywhere, how: How = How.observed): void {
    this.row(moment, inode, op, MapLayer.data, m, where, how);
  }

  /** From now on this waits in the pending map. */
  pending(moment: Moment, inode: Inode, op: number, m: Mapping, where: Where = Where.everywhere): void {
    this.row(moment, inode, op, MapLayer.pending, m, where, How.observed);
  }

  hole(moment: Moment, inode: Inode, op: number, from: bigint, to: bigint, where: Where = Where.everywhere): void {
    this.plain(moment, inode, op, MapLayer.data, from, to, MapType.HOLE, where);
  }

  /** Nothing is pending there any more. */
  settled(moment: Moment, inode: Inode, op: number, from: bigint, to: bigint): void {
    this.plain(moment, inode, op, MapLayer.pending, from, to, MapType.HOLE, Where.everywhere);
  }

  /** What was known of the range may have changed. */
  doubt(moment: Moment, inode: Inode, op: number, from: bigint, to: bigint, where: Where = Where.everywhere): void {
    this.plain(moment, inode, op, MapLayer.data, from, to, MapType.UNKNOWN, where, How.unknown);
  }

  /** What was known to wait in the range may wait no longer, or something else may. */
  doubtPending(moment: Moment, inode: Inode, op: number, from: bigint, to: bigint): void {
    this.plain(moment, inode, op, MapLayer.pending, from, to, MapType.UNKNOWN, Where.everywhere, How.unknown);
  }

  /** The unwritten parts of the range hold data now, where they lie. */
  written(moment: Moment, inode: Inode, op: number, from: bigint, to: bigint): void {
    const { isSet } = inode.claimed;
    this.plain(moment, inode, op, MapLayer.data, from, to, MapType.MAPPED, Where.unwritten);
    // The mapping claimed last was told before it: told again it would be an old one.
    inode.claimed.isSet = isSet;
  }

  /** XFS: a range of the data fork waits for a place. It has none in the data map. */
  delayed(moment: Moment, inode: Inode, op: number, from: bigint, to: bigint, where: Where = Where.everywhere): void {
    this.hole(moment, inode, op, from, to, where);
    addHole(inode.delayed, from, to);
    this.plain(moment, inode, op, MapLayer.pending, from, to, MapType.DELALLOC, Where.everywhere);
  }

  /** XFS: it waits no longer. */
  undelayed(moment: Moment, inode: Inode, op: number, from: bigint, to: bigint): void {
    if (inode.delayed.length === 0) return;
    fillHole(inode.delayed, from, to);
    this.settled(moment, inode, op, from, to);
  }

  /** XFS: what waits in the copy-on-write fork; what waits in the data fork goes before. */
  copying(moment: Moment, inode: Inode, op: number, m: Mapping): void {
    for (const [from, to] of pieces(m.offset, m.offset + m.length, inode.delayed)) {
      const addr = m.addr === NO_ADDR ? NO_ADDR : m.addr + (from - m.offset);
      this.pending(moment, inode, op, { ...m, offset: from, length: to - from, addr, flags: m.flags | MapFlag.SHARED });
    }
  }

  /** XFS: nothing waits in the copy-on-write fork any more. */
  copied(moment: Moment, inode: Inode, op: number, from: bigint, to: bigint): void {
    for (const [start, end] of pieces(from, to, inode.delayed)) this.settled(moment, inode, op, start, end);
  }

  /** `[from, to)` becomes what `[source, …)` of `other` is; see Kind.remap. */
  moved(moment: Moment, inode: Inode, op: number, from: bigint, to: bigint, other: Inode, source: bigint, flags: number): void {
    if (other.number === 0) return this.doubt(moment, inode, op, from, to);
    inode.unclaim();
    const { time, cpu, pid } = moment,
      i = this.rows.begin(Kind.remap, time, cpu, pid, inode),
      c = this.rows.columns;
    c.op[i] = op;
    c.role[i] = MapLayer.data;
    c.offset[i] = from;
    c.length[i] = to - from;
    c.parent[i] = other === inode ? 0 : other.number;
    c.addr[i] = source;
    c.flags[i] = flags;
    c.how[i] = How.derived;
  }

  /** XFS: this range of a file is shared. When it no longer is, that is told of its place; of more ranges than are remembered nothing is known then. */
  shares(moment: Moment, it: Sharer): void {
    const forgotten = this.sharers.add(it);
    if (forgotten) this.doubt(moment, forgotten.inode, 0, forgotten.from, forgotten.from + forgotten.length);
  }

  /** XFS: the same, as of `since`. Of what has ended in between it is not known whether it is still so. */
  sharesSince(moment: Moment, it: Sharer, since: bigint): void {
    this.shares(moment, it);
    for (const part of this.sharers.endedSince(it, since)) this.sharing(moment, part, ExtentFlag.SHARING_UNKNOWN);
  }

  /** XFS: no other file has that place any more. Where this one lies elsewhere by now, nothing is so. */
  unshared(moment: Moment, it: Sharer): void {
    this.sharing(moment, it, 0);
  }

  /** What `flags` say of the sharing of a place, where the file still has it. */
  private sharing(moment: Moment, { inode, from, addr, length }: Sharer, flags: number): void {
    const { device } = inode.volume;
    this.row(
      moment,
      inode,
      0,
      MapLayer.data,
      { ...plain, offset: from, length, addr, type: MapType.MAPPED, flags, device },
      Where.same,
      How.derived,
    );
  }

  /** btrfs: where the file lies as FIEMAP told, it is no longer known whether another one does too. */
  unsure(moment: Moment, inode: Inode, told: Mapping): void {
    this.row(moment, inode, 0, MapLayer.data, { ...told, flags: unsure(told.flags) }, Where.same, How.reported);
  }

  private plain(
    moment: Moment,
    inode: Inode,
    op: number,
    layer: MapLayer,
    from: bigint,
    to: bigint,
    type: MapType,
    where: Where,
    how: How = How.derived,
  ): void {
    plain.offset = from;
    plain.length = to - from;
    plain.type = type;
    this.row(moment, inode, op, layer, plain, where, how);
  }

  private row({ time, cpu, pid }: Moment, inode: Inode, op: number, layer: MapLayer, m: Mapping, where: Where, how: How): void {
    const to = m.offset + m.length >= MOST ? U64_MAX : m.offset + m.length;
    if (m.length <= 0n) return;
    inode.unclaim();
    const i = this.rows.begin(Kind.extent, time, cpu, pid, inode),
      c = this.rows.columns;
    c.op[i] = op;
    c.role[i] = layer;
    c.offset[i] = m.offset;
    c.length[i] = to - m.offset;
    if ((m.type === MapType.MAPPED || m.type === MapType.UNWRITTEN) && where !== Where.unwritten) {
      c.addr[i] = m.addr;
      c.device[i] = m.device;
    }
    c.type[i] = m.type;
    c.flags[i] = m.flags & LASTING;
    c.result[i] = BigInt(where);
    c.how[i] = how;
    if (layer === MapLayer.data && (m.flags & MapFlag.SHARED) !== 0 && m.addr !== NO_ADDR && inode.volume.filesystem === 'xfs')
      this.shares({ time, cpu, pid }, { inode, from: m.offset, addr: m.addr, length: m.length });
  }
}

/** Filled anew for each row that has no place. */
const plain: Mapping = { offset: 0n, length: 0n, addr: NO_ADDR, type: 0, flags: 0, device: 0 };
