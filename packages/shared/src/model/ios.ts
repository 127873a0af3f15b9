import { type Frame, type How, IoStage, type SourceId } from '../trace/index.ts';
import { U64_MAX } from '../units/index.ts';
import { History } from './history.ts';
import { OpState } from './op.ts';
import { KEEP_OPEN, KEEP_OPS } from './ops.ts';
import { Table } from './table.ts';

/** Bytes to or from a device, from submit to done. */
export interface Io {
  readonly op: number;
  /** The writeback, direct or request op it is part of. */
  readonly parent: number;
  readonly inode: number;
  readonly device: number;
  readonly addr: bigint;
  readonly length: bigint;
  /** In the file. */
  readonly from: bigint;
  readonly write: boolean;
  readonly submit: bigint;
  /** 2^64 - 1: its end was not seen. */
  readonly done: bigint;
  readonly result: bigint;
  readonly errno: number;
  readonly source: SourceId;
  readonly how: How;
  /** OpState bits. */
  readonly state: number;
}

const columns = {
  submit: 'u64',
  done: 'u64',
  offset: 'u64',
  length: 'u64',
  addr: 'u64',
  result: 's64',
  op: 'u32',
  parent: 'u32',
  inode: 'u32',
  flags: 'u32',
  device: 'u16',
  errno: 's16',
  source: 'u8',
  how: 'u8',
  state: 'u8',
} as const;

/** I/O that is under way, and the newest that are over. */
export class Ios {
  private readonly table = new Table(columns);
  private readonly history: History;
  version = 0;

  constructor(keep = KEEP_OPS) {
    this.history = new History(keep, KEEP_OPEN, () => undefined);
  }

  get openCount(): number {
    return this.history.openCount;
  }

  get endedTotal(): number {
    return this.history.total;
  }

  get cells() {
    return this.table.cells;
  }

  apply(f: Frame, i: number): void {
    const id = f.op[i]!;
    if (id === 0) return;
    this.version++;
    if (f.role[i] === IoStage.done) {
      const open = this.history.findOpen(id),
        slot = open ?? this.begin(f, i, OpState.beganEarlier),
        c = this.table.cells;
      c.done[slot] = f.time[i]!;
      c.result[slot] = f.result[i]!;
      c.errno[slot] = f.errno[i]!;
      c.state[slot]! |= f.time[i] === U64_MAX ? OpState.neverEnded : OpState.ended;
      this.history.end(slot);
    } else this.begin(f, i, 0);
  }

  /** Rows of these sources were lost: the ends of what is open may be among them. `inode` 0: of any. */
  doubt(inode: number, reaches: (source: number) => boolean): void {
    const c = this.table.cells;
    for (const slot of this.history.openSlots())
      if ((inode === 0 || c.inode[slot] === inode) && reaches(c.source[slot]!)) c.state[slot]! |= OpState.endInDoubt;
    this.version++;
  }

  openSlots(): Iterable<number> {
    return this.history.openSlots();
  }

  endedSlots(newest?: number): number[] {
    return this.history.endedSlots(newest);
  }

  at(slot: number): Io {
    const c = this.table.cells;
    return {
      op: c.op[slot]!,
      parent: c.parent[slot]!,
      inode: c.inode[slot]!,
      device: c.device[slot]!,
      addr: c.addr[slot]!,
      length: c.length[slot]!,
      from: c.offset[slot]!,
      write: (c.flags[slot]! & 1) !== 0,
      submit: c.submit[slot]!,
      done: c.done[slot]!,
      result: c.result[slot]!,
      errno: c.errno[slot]!,
      source: c.source[slot] as SourceId,
      how: c.how[slot] as How,
      state: c.state[slot]!,
    };
  }

  restore(op: number, bits: number): void {
    const slot = this.history.findOpen(op);
    if (slot !== undefined) this.table.cells.state[slot]! |= bits;
  }

  empty(): void {
    this.history.empty();
    this.version++;
  }

  private begin(f: Frame, i: number, state: number): number {
    const id = f.op[i]!;
    for (let stale = this.history.staleBefore(id); stale !== undefined; stale = this.history.staleBefore(id)) {
      this.table.cells.state[stale]! |= OpState.neverEnded;
      this.history.end(stale);
    }
    const slot = this.history.begin(id);
    this.table.reach(slot);
    const c = this.table.cells;
    c.op[slot] = id;
    c.parent[slot] = f.parent[i]!;
    c.inode[slot] = f.inode[i]!;
    c.device[slot] = f.device[i]!;
    c.addr[slot] = f.addr[i]!;
    c.length[slot] = f.length[i]!;
    c.offset[slot] = f.offset[i]!;
    c.flags[slot] = f.flags[i]!;
    c.submit[slot] = f.time[i]!;
    c.done[slot] = U64_MAX;
    c.result[slot] = 0n;
    c.errno[slot] = 0;
    c.source[slot] = f.source[i]!;
    c.how[slot] = f.how[i]!;
    c.state[slot] = state;
    return slot;
  }
}
