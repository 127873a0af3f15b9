import { EndFlag, FolioState, How, IoStage, Kind, MappingRole, MapType, NO_ADDR, OpType } from '../trace/index.ts';
import { MapFlag } from '../wire/index.ts';
import type { Claims, Mapping } from './claims.ts';
import type { Flight, Flights } from './flights.ts';
import type { Inode } from './inode.ts';
import type { Moment, Ops } from './ops.ts';
import type { Rows } from './rows.ts';
import type { Task } from './tasks.ts';

/** Runs of dirty bytes that writeback put into one I/O. */
export interface Ioend {
  readonly inode: Inode;
  readonly op: number;
  readonly from: bigint;
  to: bigint;
  readonly addr: bigint;
  readonly device: number;
  readonly type: number;
  readonly flags: number;
  /** The `io` row that says it was handed over; 0: it still grows. */
  io: number;
  flight: Flight | undefined;
  /** Its mapping became old while it grew. */
  isStale: boolean;
}

/** The folio that a task is writing back. */
export interface WritingFolio {
  inode: Inode | undefined;
  from: bigint;
  to: bigint;
  /** A run of it was put into an I/O. */
  hasRun: boolean;
  ioend: Ioend | undefined;
}

/** Ioends of one file that are waited for at most: the end of the eldest was not seen. */
const MOST_OPEN = 4096;

/**
 * Which runs went together, by the rule of the kernel's own (fact: iomap_can_add_to_ioend, since 6.18 in fs/iomap/ioend.c): one file and address after
 * the other, one type, shared or not alike, and none that must not be merged with what is before it.
 */
export class Ioends {
  private readonly rows: Rows;
  private readonly ops: Ops;
  private readonly flights: Flights;
  private readonly claims: Claims;
  /** Whether the end of an I/O is all that tells of the conversion that follows it. */
  private readonly converts: (inode: Inode) => boolean;
  private readonly now: Moment;

  /** `now`: of the record that is being read. */
  constructor(rows: Rows, ops: Ops, flights: Flights, claims: Claims, now: Moment, converts: (inode: Inode) => boolean) {
    this.rows = rows;
    this.ops = ops;
    this.flights = flights;
    this.claims = claims;
    this.now = now;
    this.converts = converts;
  }

  /** Writeback took a folio: none of it is dirty any more, but what comes as runs. */
  take(moment: Moment, task: Task, inode: Inode, from: bigint, to: bigint): void {
    const { writing } = task;
    if (writing.ioend && writing.ioend.inode !== inode) this.close(moment, task);
    // The kernel waits for what writes it already.
    if (!this.flights.seesLandings) this.settle(moment, inode, from, to);
    writing.inode = inode;
    writing.from = from;
    writing.to = to;
    writing.hasRun = false;
    this.folio(moment, inode, FolioState.taken, from, to, 0);
  }

  /** `[from, to)` of the file is written where `m` says. */
  run(moment: Moment, task: Task, inode: Inode, from: bigint, to: bigint, m: Mapping): void {
    if (from >= to) return;
    const { writing } = task,
      addr = m.addr === NO_ADDR ? NO_ADDR : m.addr + (from - m.offset);
    let { ioend } = writing;
    writing.hasRun = true;
    if (ioend && goesOn(ioend, inode, from, addr, m)) {
      ioend.to = to;
      if (ioend.flight) this.flights.grow(ioend.flight, ioend.flight.from + (to - ioend.from));
    } else {
      this.close(moment, task);
      ioend = this.open(moment, inode, from, to, addr, m);
      writing.ioend = ioend;
    }
    this.folio(moment, inode, FolioState.writeback, from, to, ioend.op);
  }

  /** No more runs come: it is handed to the device. */
  close({ time, cpu, pid }: Moment, task: Task): void {
    const { ioend } = task.writing;
    task.writing.ioend = undefined;
    if (!ioend || ioend.io !== 0) return;
    this.submit({ time, cpu, pid }, ioend);
  }

  /** What is known of its end otherwise: the conversion that follows it, that somebody who waited for it went on, or that its pages left the cache. That it was handed over may have been missed. */
  settle(moment: Moment, inode: Inode, from: bigint, to: bigint): void {
    for (const ioend of inode.ioends) if (ioend.from < to && ioend.to > from) this.land(moment, ioend, 0);
  }

  /** The mapping that the task's writeback had is old. The op says so at its end. */
  outdate({ writing }: Task, inode: Inode): void {
    if (writing.ioend?.inode === inode) writing.ioend.isStale = true;
  }

  forget(): void {
    this.flights.forget();
  }

  private open(moment: Moment, inode: Inode, from: bigint, to: bigint, addr: bigint, m: Mapping): Ioend {
    const { disk } = inode.volume,
      op = this.ops.begin(moment, inode, OpType.writeback, 0, from, 0n, 0),
      ioend: Ioend = {
        inode,
        op,
        from,
        to,
        addr,
        device: m.device,
        type: m.type,
        flags: m.flags,
        io: 0,
        flight: undefined,
        isStale: false,
      };
    inode.ioends.add(ioend);
    if (inode.ioends.size > MOST_OPEN) for (const eldest of inode.ioends) if (inode.ioends.delete(eldest)) break;
    const i = this.rows.begin(Kind.mapping, moment.time, moment.cpu, moment.pid, inode),
      c = this.rows.columns;
    c.op[i] = op;
    c.role[i] = MappingRole.write;
    c.offset[i] = m.offset;
    c.length[i] = m.length;
    c.addr[i] = m.addr;
    c.device[i] = m.device;
    c.type[i] = m.type;
    c.flags[i] = m.flags;
    if (disk && addr !== NO_ADDR && m.device === inode.volume.device) {
      const at = disk.from + addr;
      ioend.flight = {
        disk: disk.dev,
        from: at,
        to: at + (to - from),
        left: undefined,
        errno: 0,
        land: ({ errno }) => this.land(this.now, ioend, errno),
      };
      this.flights.takeOff(ioend.flight);
    }
    return ioend;
  }

  private submit({ time, cpu, pid }: Moment, ioend: Ioend): void {
    ioend.io = this.ops.next();
    const i = this.rows.begin(Kind.io, time, cpu, pid, ioend.inode),
      c = this.rows.columns;
    c.op[i] = ioend.io;
    c.parent[i] = ioend.op;
    c.role[i] = IoStage.submit;
    c.device[i] = ioend.device;
    c.addr[i] = ioend.addr;
    c.offset[i] = ioend.from;
    c.length[i] = ioend.to - ioend.from;
    c.flags[i] = 1;
    c.how[i] = How.derived;
  }

  private land(moment: Moment, ioend: Ioend, errno: number): void {
    const { inode, from, to, op } = ioend;
    if (!inode.ioends.delete(ioend)) return;
    if (ioend.io === 0) this.submit(moment, ioend);
    const i = this.rows.begin(Kind.io, moment.time, moment.cpu, 0, inode),
      c = this.rows.columns;
    c.op[i] = ioend.io;
    c.parent[i] = op;
    c.role[i] = IoStage.done;
    c.device[i] = ioend.device;
    c.addr[i] = ioend.addr;
    c.offset[i] = from;
    c.length[i] = to - from;
    c.flags[i] = 1;
    c.result[i] = errno === 0 ? to - from : BigInt(-errno);
    c.errno[i] = errno;
    this.folio(moment, inode, errno === 0 ? FolioState.clean : FolioState.failed, from, to, op, errno);
    if (errno === 0 && this.converts(inode)) this.convert(moment, ioend);
    this.ops.end(moment, inode, op, OpType.writeback, errno === 0 ? to - from : BigInt(-errno), errno, ioend.isStale ? EndFlag.stale : 0);
  }

  /** What the filesystem does when such an I/O went well, where no event of its own says so. */
  private convert(moment: Moment, { inode, op, from, to, addr, device, type, flags }: Ioend): void {
    if ((flags & MapFlag.SHARED) !== 0) {
      this.claims.data(
        moment,
        inode,
        op,
        { offset: from, length: to - from, addr, type: MapType.MAPPED, flags: 0, device },
        0,
        How.derived,
      );
      this.claims.settled(moment, inode, op, from, to);
    } else if (type === MapType.UNWRITTEN) this.claims.written(moment, inode, op, from, to);
  }

  private folio(moment: Moment, inode: Inode, state: FolioState, from: bigint, to: bigint, parent: number, errno = 0): void {
    const i = this.rows.folio(moment, inode, state, from, to - from),
      c = this.rows.columns;
    c.parent[i] = parent;
    c.errno[i] = errno;
  }
}

function goesOn(ioend: Ioend, inode: Inode, from: bigint, addr: bigint, m: Mapping): boolean {
  return (
    ioend.inode === inode &&
    ioend.io === 0 &&
    ioend.to === from &&
    ioend.type === m.type &&
    ((ioend.flags ^ m.flags) & MapFlag.SHARED) === 0 &&
    !((m.flags & MapFlag.BOUNDARY) !== 0 && m.offset === from) &&
    (addr === NO_ADDR ? ioend.addr === NO_ADDR : ioend.addr + (from - ioend.from) === addr)
  );
}
