import { IoStage, Kind } from '../trace/index.ts';
import { U64_MAX } from '../units/index.ts';
import type { Ios } from './ios.ts';
import type { KeyframeWriter } from './keyframe-writer.ts';
import { OpState } from './op.ts';
import type { Ops } from './ops.ts';

/*
 * Ops and I/Os, told again. All begins of a group, then all that they were answered, then all ends: a row is as wide as what its kind says,
 * and a group as long as its ids allow, since a begin whose id is still open would end the other.
 */
const GROUP = 4096;

const isOver = (state: number): boolean => (state & (OpState.ended | OpState.neverEnded)) !== 0;

/** What a begin says by a column of its own: the rest of the state has rows of its own. */
const beginBits = (state: number): bigint => BigInt(state & ~(OpState.replied | OpState.ended | OpState.neverEnded));

/** The ended ones in the order of their end, then those that are open, in the order of their begin. */
export function writeOps(out: KeyframeWriter, ops: Ops, ended: readonly number[]): void {
  for (const slots of groups(ended, ops.cells.op)) writeOpGroup(out, ops, slots);
  for (const slots of groups([...ops.openSlots()], ops.cells.op)) writeOpGroup(out, ops, slots);
}

export function writeIos(out: KeyframeWriter, ios: Ios, ended: readonly number[]): void {
  for (const slots of groups(ended, ios.cells.op)) writeIoGroup(out, ios, slots);
  for (const slots of groups([...ios.openSlots()], ios.cells.op)) writeIoGroup(out, ios, slots);
}

/** Slots one after the other, no id twice in a group. */
function* groups(slots: readonly number[], ids: Uint32Array): Generator<readonly number[]> {
  let group: number[] = [],
    seen = new Set<number>();
  for (const slot of slots) {
    if (group.length === GROUP || seen.has(ids[slot]!)) {
      yield group;
      group = [];
      seen = new Set();
    }
    group.push(slot);
    seen.add(ids[slot]!);
  }
  if (group.length > 0) yield group;
}

function writeOpGroup(out: KeyframeWriter, ops: Ops, slots: readonly number[]): void {
  const b = out.cells,
    c = ops.cells;
  const row = (kind: Kind, at: bigint, slot: number): number => {
    const i = out.row(kind, at, c.source[slot]!);
    b.op[i] = c.op[slot]!;
    b.inode[i] = c.inode[slot]!;
    b.type[i] = c.type[slot]!;
    b.how[i] = c.how[slot]!;
    return i;
  };
  out.cut();
  for (const slot of slots) {
    const i = row(Kind.opBegin, c.begin[slot]!, slot);
    b.role[i] = c.role[slot]!;
    b.flags[i] = c.flags[slot]!;
    b.offset[i] = c.offset[slot]!;
    b.length[i] = c.length[slot]!;
    b.pid[i] = c.pid[slot]!;
    b.cpu[i] = c.cpu[slot]!;
    b.parent[i] = c.parent[slot]!;
    b.addr[i] = c.unique[slot]!;
    b.result[i] = beginBits(ops.stateOf(slot)) | (BigInt(c.runs[slot]!) << 8n);
  }
  out.cut();
  for (const slot of slots)
    if ((c.state[slot]! & OpState.replied) !== 0) b.errno[row(Kind.opReply, c.reply[slot]!, slot)] = c.replyErrno[slot]!;
  out.cut();
  for (const slot of slots)
    for (const mapping of ops.mappingsOf(slot)) {
      const i = row(Kind.mapping, mapping.at, slot);
      b.role[i] = mapping.role;
      b.offset[i] = mapping.from;
      b.length[i] = mapping.to - mapping.from;
      b.addr[i] = mapping.addr;
      b.device[i] = mapping.device;
      b.type[i] = mapping.type;
      b.flags[i] = mapping.flags;
      b.how[i] = mapping.how;
    }
  out.cut();
  for (const slot of slots) {
    if (!isOver(c.state[slot]!)) continue;
    const i = row(Kind.opEnd, c.end[slot]!, slot);
    b.result[i] = c.result[slot]!;
    b.errno[i] = c.errno[slot]!;
    b.flags[i] = c.endFlags[slot]!;
    // When it began to answer is a row of its own here.
    b.offset[i] = c.taken[slot] === U64_MAX ? 0n : c.taken[slot]!;
  }
  out.cut();
}

function writeIoGroup(out: KeyframeWriter, ios: Ios, slots: readonly number[]): void {
  const b = out.cells,
    c = ios.cells;
  const row = (role: IoStage, at: bigint, slot: number): number => {
    const i = out.row(Kind.io, at, c.source[slot]!);
    b.op[i] = c.op[slot]!;
    b.role[i] = role;
    b.how[i] = c.how[slot]!;
    b.parent[i] = c.parent[slot]!;
    b.inode[i] = c.inode[slot]!;
    b.device[i] = c.device[slot]!;
    b.addr[i] = c.addr[slot]!;
    b.length[i] = c.length[slot]!;
    b.offset[i] = c.offset[slot]!;
    b.flags[i] = c.flags[slot]! & 1;
    return i;
  };
  out.cut();
  for (const slot of slots) b.result[row(IoStage.submit, c.submit[slot]!, slot)] = beginBits(c.state[slot]!);
  out.cut();
  for (const slot of slots) {
    if (!isOver(c.state[slot]!)) continue;
    const i = row(IoStage.done, c.done[slot]!, slot);
    b.result[i] = c.result[slot]!;
    b.errno[i] = c.errno[slot]!;
  }
  out.cut();
}
