import { type Asker, EndFlag, type Frame, type How, OpType, type SourceId } from '../trace/index.ts';
import { compareBig, maxBig, minBig, U64_MAX } from '../units/index.ts';
import { History } from './history.ts';
import { type Mapping, Mappings } from './mappings.ts';
import { isWatched, type Op, OpState } from './op.ts';
import type { RowRange } from './row-range.ts';
import { Table } from './table.ts';

/**
 * Ended ops that a model keeps, and as many of its I/Os. A snapshot carries all of them, so whoever joins late has the same ones as everybody:
 * 16,384 with a mapping each are 3 MB and some 40 ms of the hub. What is older is in the recording.
 */
export const KEEP_OPS = 1 << 14;
/** Of more that are open at once the oldest are given up. */
export const KEEP_OPEN = 1 << 16;
/** Mappings of one op that are kept. */
const KEEP_MAPPINGS = 1024;
const NEVER = U64_MAX;

const columns = {
  begin: 'u64',
  reply: 'u64',
  taken: 'u64',
  end: 'u64',
  offset: 'u64',
  length: 'u64',
  unique: 'u64',
  result: 's64',
  op: 'u32',
  inode: 'u32',
  parent: 'u32',
  flags: 'u32',
  endFlags: 'u32',
  sequence: 'u32',
  runs: 'u32',
  pid: 's32',
  firstMapping: 'u32',
  lastMapping: 'u32',
  type: 'u16',
  mappings: 'u16',
  cpu: 'u16',
  replyErrno: 's16',
  errno: 's16',
  role: 'u8',
  source: 'u8',
  how: 'u8',
  state: 'u8',
} as const;

/** Ops that are open, and the newest that are over, with what they were answered. */
export class Ops {
  private readonly table = new Table(columns);
  private readonly mappings = new Mappings();
  private readonly history: History;
  private readonly changeBeside: (op: number, inode: number) => number;
  version = 0;

  /** `changeBeside`: number of the last change of an inode's data map that an op did not make itself. */
  constructor(changeBeside: (op: number, inode: number) => number = () => 0, keep = KEEP_OPS) {
    this.changeBeside = changeBeside;
    this.history = new History(keep, KEEP_OPEN, (slot) => this.mappings.drop(this.table.cells.firstMapping[slot]!));
  }

  get openCount(): number {
    return this.history.openCount;
  }

  get endedCount(): number {
    return this.history.endedCount;
  }

  /** Ended in all, and of those let go because newer ones came. */
  get endedTotal(): number {
    return this.history.total;
  }

  get letGo(): number {
    return this.history.total - this.history.endedCount;
  }

  /** The columns by slot, read-only for the caller: `slots` says which slots are what. */
  get cells() {
    return this.table.cells;
  }

  /** `sequence`: of the last change of any map. */
  begin(f: Frame, i: number, sequence: number): void {
    const id = f.op[i]!;
    if (id === 0) return;
    const slot = this.take(id),
      c = this.table.cells;
    c.inode[slot] = f.inode[i]!;
    c.begin[slot] = f.time[i]!;
    c.offset[slot] = f.offset[i]!;
    c.length[slot] = f.length[i]!;
    c.unique[slot] = f.addr[i]!;
    c.parent[slot] = f.parent[i]!;
    c.flags[slot] = f.flags[i]!;
    c.sequence[slot] = sequence;
    c.pid[slot] = f.pid[i]!;
    c.type[slot] = f.type[i]!;
    c.cpu[slot] = f.cpu[i]!;
    c.role[slot] = f.role[i]!;
    c.source[slot] = f.source[i]!;
    c.how[slot] = f.how[i]!;
    this.version++;
  }

  reply(f: Frame, i: number): void {
    const slot = this.openSlot(f, i);
    if (slot === undefined) return;
    const c = this.table.cells;
    c.reply[slot] = f.time[i]!;
    c.replyErrno[slot] = f.errno[i]!;
    c.state[slot]! |= OpState.replied;
    this.version++;
  }

  end(f: Frame, i: number): void {
    const slot = this.openSlot(f, i);
    if (slot === undefined) return;
    const c = this.table.cells,
      flags = f.flags[i]!,
      isSeen = (flags & EndFlag.unseen) === 0 && f.time[i] !== NEVER;
    if (c.type[slot] === OpType.request) this.serve(slot, f.offset[i]!, f.length[i]!);
    c.end[slot] = isSeen ? f.time[i]! : NEVER;
    c.result[slot] = f.result[i]!;
    c.errno[slot] = f.errno[i]!;
    c.endFlags[slot] = flags & ~EndFlag.unseen;
    c.state[slot]! |= (isSeen ? OpState.ended : OpState.neverEnded) | (this.mapMoved(slot) ? OpState.mapChanged : 0);
    this.history.end(slot);
    this.version++;
  }

  /** What the end of a request tells of its server; 0: not known. */
  private serve(slot: number, taken: bigint, answering: bigint): void {
    const c = this.table.cells;
    if (taken !== 0n) c.taken[slot] = taken;
    if (answering === 0n) return;
    c.reply[slot] = answering;
    c.state[slot]! |= OpState.replied;
  }

  mapping(f: Frame, i: number): void {
    const slot = this.history.find(f.op[i]!),
      c = this.table.cells;
    if (slot === undefined || c.mappings[slot]! >= KEEP_MAPPINGS) return;
    const place = this.mappings.push(f, i, c.lastMapping[slot]!);
    if (c.mappings[slot]!++ === 0) c.firstMapping[slot] = place;
    c.lastMapping[slot] = place;
    this.version++;
  }

  /** So many runs of dirty bytes went into the ioend that a writeback op is: the op is about all its runs. 0: an I/O of it was told. */
  grow(op: number, range: RowRange, runs: 0 | 1): void {
    const slot = this.history.findOpen(op),
      c = this.table.cells;
    if (slot === undefined || c.type[slot] !== OpType.writeback) return;
    const { from, to } = range;
    if (from >= to) return;
    c.runs[slot]! += runs;
    const isFirst = c.length[slot] === 0n,
      start = isFirst ? from : minBig(from, c.offset[slot]!),
      end = isFirst ? to : maxBig(to, c.offset[slot]! + c.length[slot]!);
    c.offset[slot] = start;
    c.length[slot] = end - start;
    this.version++;
  }

  /** A file is about to leave the model: what its map did while ops were open is noted with them. */
  settle(inode: number): void {
    const c = this.table.cells;
    for (const slot of this.history.openSlots()) if (c.inode[slot] === inode) c.state[slot] = this.stateOf(slot);
  }

  /** This inode never got a name: its ops may be of a file that nobody watches. */
  unname(inode: number): void {
    const c = this.table.cells,
      mark = (slot: number): void => {
        if (c.inode[slot] === inode) c.state[slot]! |= OpState.nameless;
      };
    for (const slot of this.history.openSlots()) mark(slot);
    for (const slot of this.history.endedSlots()) mark(slot);
    this.version++;
  }

  /**
   * Rows were lost: of what is open, the end may be among them; of that and of what has ended since `from`, when the first was lost, a
   * change of the file's map. `inode` 0: of any.
   */
  doubt(inode: number, from: bigint, isEndReached: (source: number) => boolean, isMapReached: (inode: number) => boolean): void {
    const c = this.table.cells;
    const touches = (slot: number): boolean => inode === 0 || c.inode[slot] === inode;
    const doubtMap = (slot: number): void => {
      if (c.inode[slot] !== 0 && isMapReached(c.inode[slot]!)) c.state[slot]! |= OpState.mapInDoubt;
    };
    for (const slot of this.history.openSlots()) {
      if (!touches(slot)) continue;
      if (isEndReached(c.source[slot]!)) c.state[slot]! |= OpState.endInDoubt;
      doubtMap(slot);
    }
    for (const slot of this.history.endedSlots()) {
      if (!touches(slot) || c.end[slot]! < from) continue;
      doubtMap(slot);
      if (isEndReached(c.source[slot]!)) this.unjoin(slot);
    }
    this.version++;
  }

  /** Rows were lost before a request ended: what was joined to it may belong to another. What its own server tells is not joined. */
  private unjoin(slot: number): void {
    const c = this.table.cells;
    if (!isWatched({ type: c.type[slot] as OpType, source: c.source[slot] as SourceId })) return;
    c.taken[slot] = c.reply[slot] = NEVER;
    c.replyErrno[slot] = 0;
    c.state[slot]! &= ~OpState.replied;
  }

  find(op: number): Op | undefined {
    const slot = this.history.find(op);
    return slot === undefined ? undefined : this.at(slot);
  }

  /** What this op made happen, as far as it is kept: request → iomap ops, in the order of their begin. Looks at every op: for the inspector. */
  childrenOf(op: number): Op[] {
    const c = this.table.cells,
      slots = [...this.openSlots(), ...this.endedSlots()].filter((slot) => c.parent[slot] === op);
    return slots.map((slot) => this.at(slot)).sort((a, b) => compareBig(a.begin, b.begin) || a.op - b.op);
  }

  /** Slots of the open ones in the order of their begin. */
  openSlots(): Iterable<number> {
    return this.history.openSlots();
  }

  /** Slots of the newest ended ones, in the order of their end. */
  endedSlots(newest?: number): number[] {
    return this.history.endedSlots(newest);
  }

  at(slot: number): Op {
    const c = this.table.cells;
    return {
      op: c.op[slot]!,
      inode: c.inode[slot]!,
      type: c.type[slot] as OpType,
      asker: c.role[slot] as Asker,
      source: c.source[slot] as SourceId,
      how: c.how[slot] as How,
      flags: c.flags[slot]!,
      from: c.offset[slot]!,
      length: c.length[slot]!,
      pid: c.pid[slot]!,
      cpu: c.cpu[slot]!,
      parent: c.parent[slot]!,
      unique: c.unique[slot]!,
      begin: c.begin[slot]!,
      reply: c.reply[slot]!,
      taken: c.taken[slot]!,
      replyErrno: c.replyErrno[slot]!,
      end: c.end[slot]!,
      result: c.result[slot]!,
      errno: c.errno[slot]!,
      endFlags: c.endFlags[slot]!,
      state: this.stateOf(slot),
      runs: c.runs[slot]!,
      mappings: this.mappingsOf(slot),
    };
  }

  /** What the op in this slot was answered. */
  mappingsOf(slot: number): Mapping[] {
    return this.mappings.list(this.table.cells.firstMapping[slot]!);
  }

  /** State bits as they are now: an open op whose map moved says so before it ends. */
  stateOf(slot: number): number {
    const state = this.table.cells.state[slot]!;
    return (state & (OpState.ended | OpState.neverEnded)) === 0 && this.mapMoved(slot) ? state | OpState.mapChanged : state;
  }

  /** A keyframe's opBegin row has what no row of its own says: state bits, and from bit 8 on the runs of an ioend. */
  restore(op: number, said: bigint): void {
    const slot = this.history.findOpen(op);
    if (slot === undefined) return;
    const c = this.table.cells;
    c.state[slot]! |= Number(said & 0xffn);
    c.runs[slot] = Number(BigInt.asUintN(32, said >> 8n));
  }

  /** How many ended before those that a keyframe names. */
  restoreTotal(total: number): void {
    this.history.total = total;
  }

  empty(): void {
    this.history.empty();
    this.mappings.empty();
    this.version++;
  }

  private mapMoved(slot: number): boolean {
    const c = this.table.cells;
    // The difference, so that a counter that went round still tells before from after.
    return (
      c.inode[slot] !== 0 &&
      (c.state[slot]! & OpState.beganEarlier) === 0 &&
      ((this.changeBeside(c.op[slot]!, c.inode[slot]!) - c.sequence[slot]!) | 0) > 0
    );
  }

  /** The open op that a reply or an end is about. One whose begin was not seen begins here, and says so. */
  private openSlot(f: Frame, i: number): number | undefined {
    const id = f.op[i]!;
    if (id === 0) return undefined;
    const known = this.history.findOpen(id);
    if (known !== undefined) return known;
    const slot = this.take(id),
      c = this.table.cells;
    c.inode[slot] = f.inode[i]!;
    c.begin[slot] = f.time[i]!;
    c.type[slot] = f.type[i]!;
    c.source[slot] = f.source[i]!;
    c.how[slot] = f.how[i]!;
    c.cpu[slot] = f.cpu[i]!;
    c.state[slot] = OpState.beganEarlier;
    return slot;
  }

  private take(id: number): number {
    for (let stale = this.history.staleBefore(id); stale !== undefined; stale = this.history.staleBefore(id)) this.giveUp(stale);
    const slot = this.history.begin(id);
    this.table.reach(slot);
    const c = this.table.cells;
    c.op[slot] = id;
    c.begin[slot] = c.offset[slot] = c.length[slot] = 0n;
    c.reply[slot] = c.taken[slot] = c.end[slot] = c.unique[slot] = NEVER;
    c.result[slot] = 0n;
    c.inode[slot] = c.parent[slot] = c.flags[slot] = c.endFlags[slot] = c.sequence[slot] = c.runs[slot] = c.pid[slot] = 0;
    c.firstMapping[slot] = c.lastMapping[slot] = c.mappings[slot] = 0;
    c.type[slot] = c.cpu[slot] = c.replyErrno[slot] = c.errno[slot] = 0;
    c.role[slot] = c.source[slot] = c.how[slot] = c.state[slot] = 0;
    return slot;
  }

  private giveUp(slot: number): void {
    this.table.cells.state[slot] = this.stateOf(slot) | OpState.neverEnded;
    this.history.end(slot);
  }
}
