import { How, IoStage, Kind, MapType, NO_ADDR } from '../trace/index.ts';
import { maxBig, minBig } from '../units/index.ts';
import { OpFlag } from '../wire/index.ts';
import type { Flights } from './flights.ts';
import type { Inode } from './inode.ts';
import type { Moment, Ops } from './ops.ts';
import type { Rows } from './rows.ts';
import type { Step } from './steps.ts';
import type { Task } from './tasks.ts';

/** A range of a file that a task has found on the disk, to read or write it there past dirty folios. */
export interface Found {
  readonly inode: Inode;
  /** The op that its I/O is part of. */
  readonly owner: number;
  readonly isDirect: boolean;
  readonly isWrite: boolean;
  /** Bytes of the file. */
  readonly from: bigint;
  readonly to: bigint;
  /** Bytes of the filesystem's device, and of the disk. */
  readonly addr: bigint;
  readonly disk: { readonly dev: number; readonly from: bigint };
}

/** A read into the cache that has not come back. Pages that left meanwhile have nothing from it. */
export interface Reading {
  readonly from: bigint;
  readonly to: bigint;
  isOld: boolean;
}

/** Ranges of a task that its next bios may be for. */
const MOST_FOUND = 8;
/** Reads of one file under way at most. */
const MOST_READINGS = 1024;

/** Reads into the cache and direct I/O: they go to or from the device when a bio is queued, and land as any flight does. */
export class Transfers {
  private readonly rows: Rows;
  private readonly ops: Ops;
  private readonly flights: Flights;
  private readonly now: Moment;
  /** Without an event of bios what was found is taken to be on its way at once. */
  private readonly seesBios: boolean;
  /** `[from, to)` was read into the cache, or needed no reading. */
  private readonly uptodate: (moment: Moment, inode: Inode, from: bigint, to: bigint, parent: number) => void;

  constructor(rows: Rows, ops: Ops, flights: Flights, now: Moment, seesBios: boolean, uptodate: Transfers['uptodate']) {
    this.rows = rows;
    this.ops = ops;
    this.flights = flights;
    this.now = now;
    this.seesBios = seesBios;
    this.uptodate = uptodate;
  }

  /** A step found where its bytes lie, as far as `to`: the end of a direct I/O, else of what was found. */
  found(moment: Moment, task: Task, { inode, flags, type, addr, offset, device, pos, op, parent }: Step, to: bigint): void {
    const { disk } = inode.volume,
      isDirect = (flags & OpFlag.DIRECT) !== 0,
      isWrite = (flags & OpFlag.WRITE) !== 0,
      isPlaced = type === MapType.MAPPED || (isWrite && type === MapType.UNWRITTEN);
    if (!isPlaced || !disk || addr === NO_ADDR || device !== inode.volume.device || !this.flights.seesLandings || to <= pos) return;
    const found: Found = { inode, owner: parent || op, isDirect, isWrite, from: pos, to, addr: addr + (pos - offset), disk };
    if (this.seesBios) {
      if (task.found.length >= MOST_FOUND) task.found.shift();
      task.found.push(found);
    } else if (isDirect) this.submit(moment, found, pos, to);
  }

  /** The step is over: it read up to `to`, or there was nothing to read. */
  read(moment: Moment, step: Step, to: bigint): void {
    const { inode, flags, pos, type, addr, offset, device, op } = step;
    if (to <= pos || (flags & (OpFlag.DIRECT | OpFlag.DAX | OpFlag.REPORT | OpFlag.ZERO | OpFlag.WRITE)) !== 0) return;
    if (type !== MapType.MAPPED) this.uptodate(moment, inode, pos, to, op);
    else if (!this.seesBios && inode.volume.disk && this.flights.seesLandings && device === inode.volume.device)
      this.submit(
        moment,
        { inode, owner: op, isDirect: false, isWrite: false, from: pos, to, addr: addr + (pos - offset), disk: inode.volume.disk },
        pos,
        to,
      );
  }

  /** A bio of `task` goes to `[from, to)` of a disk. */
  queued(moment: Moment, task: Task, disk: number, from: bigint, to: bigint, isWrite: boolean): void {
    for (let k = task.found.length - 1; k >= 0; k--) {
      const found = task.found[k]!,
        start = found.disk.from + found.addr,
        end = start + (found.to - found.from);
      if (found.isWrite !== isWrite || found.disk.dev !== disk || start >= to || end <= from) continue;
      const first = maxBig(from, start);
      this.submit(moment, found, found.from + (first - start), found.from + (minBig(to, end) - start));
      // Bios come in order: with its last bytes it is done with.
      if (to >= end) task.found.splice(k, 1);
    }
  }

  /** Pages left the cache. */
  left({ readings }: Inode, from: bigint, to: bigint): void {
    for (const reading of readings) if (reading.from < to && reading.to > from) reading.isOld = true;
  }

  private submit(moment: Moment, { inode, owner, isDirect, isWrite, from: first, addr, disk }: Found, from: bigint, to: bigint): void {
    const io = this.ops.next(),
      at = addr + (from - first),
      reading: Reading = { from, to, isOld: false };
    const tell = ({ time, cpu, pid }: Moment, role: IoStage, errno: number): void => {
      const i = this.rows.begin(Kind.io, time, cpu, role === IoStage.submit ? pid : 0, inode),
        c = this.rows.columns;
      c.op[i] = io;
      c.parent[i] = owner;
      c.role[i] = role;
      c.device[i] = inode.volume.device;
      c.addr[i] = at;
      c.offset[i] = from;
      c.length[i] = to - from;
      c.flags[i] = isWrite ? 1 : 0;
      c.errno[i] = errno;
      if (role === IoStage.done) c.result[i] = errno === 0 ? to - from : BigInt(-errno);
      if (!this.seesBios) c.how[i] = How.derived;
    };
    tell(moment, IoStage.submit, 0);
    if (!isDirect && inode.readings.size < MOST_READINGS) inode.readings.add(reading);
    const start = disk.from + at;
    this.flights.takeOff({
      disk: disk.dev,
      from: start,
      to: start + (to - from),
      left: undefined,
      errno: 0,
      land: ({ errno }) => {
        tell(this.now, IoStage.done, errno);
        if (inode.readings.delete(reading) && !reading.isOld && errno === 0) this.uptodate(this.now, inode, from, to, owner);
      },
    });
  }
}
