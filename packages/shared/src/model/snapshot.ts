import { FrameFlag, KeyframeEdge, KeyframePart, Kind } from '../trace/index.ts';
import { utf8 } from '../units/index.ts';
import { writeGone, writeInodes } from './inode-rows.ts';
import { KeyframeWriter } from './keyframe-writer.ts';
import type { Model } from './model.ts';
import { writeIos, writeOps } from './op-rows.ts';
import { writeSection } from './section.ts';

/** So many ended ops, as many ended I/Os, and so many messages. */
export interface Carried {
  readonly ops: number;
  readonly messages: number;
}

export interface SnapshotOptions {
  /** Whose sections; all if left out. The list of inodes is always whole. */
  readonly inodes?: Iterable<number>;
  /** The clock of the last frame; the model's own if left out. */
  readonly until?: bigint;
  readonly subscription?: number;
  /** The newest of what is over, where not all that is kept shall go along. */
  readonly recent?: Carried;
  /** The last frame says that the first answer to a subscription is whole: not so in a recording. Default true. */
  readonly isAnswer?: boolean;
}

/** Frames that rebuild the model: inode 0 (devices, sources, marks, losses, inode list, ops), then one section an inode. */
export function snapshot(model: Model, options: SnapshotOptions = {}): Uint8Array[] {
  const out = new KeyframeWriter(options.until ?? model.until, options.subscription ?? 0);
  writeEverything(out, model, options.recent, KeyframePart.everything);
  for (const inode of options.inodes ?? sections(model)) {
    const file = model.files.find(inode);
    if (file) writeSection(out, file);
  }
  return out.frames(options.isAnswer === false ? 0 : FrameFlag.sectionsEnd);
}

/** The sections of these inodes alone: what a client gets that asks for more of them. */
export function snapshotSections(
  model: Model,
  inodes: Iterable<number>,
  options: Omit<SnapshotOptions, 'inodes' | 'recent'> = {},
): Uint8Array[] {
  const out = new KeyframeWriter(options.until ?? model.until, options.subscription ?? 0);
  for (const inode of inodes) {
    const file = model.files.find(inode);
    if (file) writeSection(out, file);
  }
  return out.frames(options.isAnswer === false ? 0 : FrameFlag.sectionsEnd);
}

function* sections(model: Model): Iterable<number> {
  for (const file of model.files.all()) yield file.inode;
}

/** All that is true of the stream as a whole, with the list of inodes or without. */
export function writeEverything(out: KeyframeWriter, m: Model, recent: Carried | undefined, part: KeyframePart): void {
  const b = out.cells,
    ended = m.ops.endedSlots(recent?.ops);
  const begin = out.edge(0, KeyframeEdge.begin);
  b.type[begin] = part;
  b.offset[begin] = m.lost;
  b.length[begin] = m.late;
  b.addr[begin] = m.skipped;
  b.result[begin] = BigInt(m.ops.endedTotal - ended.length);
  for (const d of m.devices.values()) {
    const i = out.row(Kind.device, d.since, d.source);
    b.device[i] = d.device;
    b.length[i] = d.size;
    b.flags[i] = d.devT;
    b.addr[i] = BigInt(d.blockSize);
    b.how[i] = d.how;
    b.bytes(d.path);
  }
  for (const s of m.sources.values()) {
    out.row(Kind.source, s.since, s.source);
    b.bytes(utf8(s.text));
  }
  for (const mark of m.marks.list()) {
    const i = out.row(Kind.mark, mark.at, mark.source);
    b.inode[i] = mark.inode;
    b.pid[i] = mark.pid;
    b.bytes(utf8(mark.text));
  }
  for (const loss of m.losses.list()) {
    const i = out.row(Kind.lost, loss.at, loss.source);
    b.result[i] = loss.rows;
    b.cpu[i] = loss.cpu;
    b.offset[i] = loss.from;
    b.length[i] = loss.to;
    b.inode[i] = loss.inode;
  }
  for (const v of m.violations.list()) {
    const i = out.row(Kind.violation, v.at, v.source);
    b.op[i] = v.op;
    b.inode[i] = v.inode;
    b.offset[i] = v.offset;
    b.bytes(utf8(v.text));
  }
  if (part === KeyframePart.everything) {
    writeInodes(out, m.files.all());
    writeGone(out, m.files.gone());
  }
  writeOps(out, m.ops, ended);
  writeIos(out, m.ios, m.ios.endedSlots(recent?.ops));
  for (const message of m.messages.list(recent?.messages)) {
    const i = out.row(Kind.message, message.at, message.source);
    b.op[i] = message.op;
    b.inode[i] = message.inode;
    b.role[i] = message.role;
    b.flags[i] = message.opcode;
    b.length[i] = message.length;
    b.bytes(message.bytes);
  }
  out.edge(0, KeyframeEdge.end);
}
