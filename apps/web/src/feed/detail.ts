import {
  type Apart,
  type Extent,
  extentRuns,
  type Fault,
  faultChain,
  type FileState,
  type Ioend,
  ioendNeighbours,
  ioendOf,
  type Layout,
  type Model,
  type Op,
  readIn,
  slackBytes,
  toPlace,
  usedBytes,
  whyApart,
} from '@mapscope/shared/model';
import { FolioState, OpType } from '@mapscope/shared/trace';
import { minBig } from '@mapscope/shared/units';
import { Opcode } from '@mapscope/shared/wire';
import { deviceViews, endOf, isNothing, layoutView } from './file-window.ts';
import type { Shown } from './on-screen.ts';
import type { BesideDetail, ChunkDetail, Detail, ExtentDetail, FolioDetail, IoendDetail, OpDetail } from './look.ts';
import { isStoreToMemory } from './op-class.ts';
import { sharersOf } from './sharers.ts';
import type { Target } from './target.ts';

const MOST_TOUCHED = 12,
  MOST_CHILDREN = 64;

/** What the inspector shows of the subject, or of the file where nothing is selected. Undefined: neither is known. */
export function detail(
  { model, ops }: Pick<Shown, 'model' | 'ops'>,
  subject: Target | undefined,
  current: FileState | undefined,
): Detail | undefined {
  // An op of which no file is told is not of the one that is looked at.
  const inode = subject?.kind === 'op' ? subject.inode : subject?.inode || current?.inode || 0,
    file = model.files.find(inode) ?? ops.files.find(inode);
  if (!file && !subject) return undefined;
  const { touched, count, storesUnseen } = touching(model, inode, subject && subject.kind !== 'op' ? subject : undefined);
  return {
    subject,
    inode,
    path: file?.pathText ?? '',
    gone: file?.gone ?? false,
    blockSize: file?.blockSize || 4096,
    pageSize: Number(model.pageSize),
    fileInfo: file?.introduced ? { ino: file.ino, mode: file.mode, since: file.since, how: file.how } : undefined,
    devices: deviceViews(model),
    touched,
    touchedCount: count,
    storesUnseen,
    op: subject?.kind === 'op' ? opDetail(ops, subject.op) : undefined,
    extent: subject?.kind === 'extent' && file ? extentDetail(model, file, subject.layer, subject.from) : undefined,
    folio: subject?.kind === 'folio' && file ? folioDetail(model, file, subject.from) : undefined,
    chunk: subject?.kind === 'chunk' && file ? chunkDetail(file, subject.layout, subject.from) : undefined,
  };
}

/** Requests that say something of the file's bytes by themselves. READ and WRITE do by the iomap ops they cause, the others are about names. */
const told: ReadonlySet<number> = new Set([
  Opcode.FSYNC,
  Opcode.FALLOCATE,
  Opcode.SETATTR,
  Opcode.COPY_FILE_RANGE,
  Opcode.COPY_FILE_RANGE_64,
  Opcode.SYNCFS,
  Opcode.GET_FMAP,
]);

/** The newest operations on a file, or on a range of it, newest first; and how many of those that are kept there are. */
function touching(
  model: Model,
  inode: number,
  range: { from: bigint; to: bigint } | undefined,
): { touched: Op[]; count: number; storesUnseen: boolean } {
  const c = model.ops.cells,
    slots: number[] = [];
  let storesUnseen = false;
  const take = (slot: number): void => {
    if (c.inode[slot] !== inode) return;
    storesUnseen ||= isStoreToMemory(c.type[slot]!, c.flags[slot]!);
    if (c.type[slot] === OpType.request && !told.has(c.flags[slot]!)) return;
    const from = c.offset[slot]!,
      length = c.length[slot]! > 0n ? c.length[slot]! : c.result[slot]!;
    if (range && (length <= 0n || from >= range.to || from + length <= range.from)) return;
    slots.push(slot);
  };
  if (inode !== 0) {
    for (const slot of model.ops.endedSlots()) take(slot);
    for (const slot of model.ops.openSlots()) take(slot);
  }
  slots.sort((a, b) => (c.begin[a]! > c.begin[b]! ? -1 : c.begin[a]! < c.begin[b]! ? 1 : c.op[b]! - c.op[a]!));
  return { touched: slots.slice(0, MOST_TOUCHED).map((slot) => model.ops.at(slot)), count: slots.length, storesUnseen };
}

function opDetail(model: Model, id: number): OpDetail | undefined {
  const op = model.ops.find(id);
  if (!op) return undefined;
  const c = model.ops.cells,
    children: number[] = [];
  let childCount = 0;
  for (const slot of [...model.ops.endedSlots(), ...model.ops.openSlots()])
    if (c.parent[slot] === id && ++childCount <= MOST_CHILDREN) children.push(slot);
  children.sort((a, b) => (c.begin[a]! < c.begin[b]! ? -1 : 1));
  const ios = [...model.ios.endedSlots(), ...model.ios.openSlots()].filter((slot) => model.ios.cells.parent[slot] === id);
  return {
    op,
    parent: op.parent === 0 ? undefined : model.ops.find(op.parent),
    children: children.map((slot) => model.ops.at(slot)),
    childCount,
    ios: ios.slice(0, MOST_CHILDREN).map((slot) => model.ios.at(slot)),
    readIn: readIn(model.ops, op),
    ioend: ioendDetail(model, op),
    faults: triedFor(model, op),
    messages: model.messages.of(id),
    violations: model.violations.list().filter((violation) => violation.op === id),
  };
}

/** Nothing where only what a fault asked is known: its page is not. */
function triedFor({ ops, pageSize }: Model, op: Op): readonly Fault[] {
  const tried = op.type === OpType.fault && op.length > 0n ? faultChain(ops, op.op, pageSize) : [];
  return tried.length > 1 || tried.some(({ result }) => result !== 0) ? tried : [];
}

function ioendDetail(model: Model, op: Op): IoendDetail | undefined {
  const it = ioendOf(op);
  if (!it) return undefined;
  const { before, after } = ioendNeighbours(model, it);
  const beside = (other: Ioend | undefined, why: (other: Ioend) => Apart[]): BesideDetail | undefined => {
    const by = other && model.ops.find(other.op);
    return by && { it: other, op: by, why: why(other) };
  };
  return {
    it,
    runs: op.runs,
    before: beside(before, (other) => whyApart(other, it)),
    after: beside(after, (other) => whyApart(it, other)),
  };
}

function extentDetail(model: Model, file: FileState, layer: 'data' | 'pending', at: bigint): ExtentDetail | undefined {
  const map = layer === 'pending' ? file.pending : file.data,
    found = map.at(at);
  if (!found) return undefined;
  // What is nothing goes on to the end of all files: it is said to the end of this one.
  const end = endOf(file, model.pageSize),
    extent = isNothing(found.type) && found.from < end ? { ...found, to: minBig(found.to, end) } : found;
  const states = { cached: 0n, dirty: 0n, writeback: 0n, foliosUnknown: 0n };
  for (const run of file.folios.list(extent.from, extent.to)) {
    const bytes = (run.to < extent.to ? run.to : extent.to) - (run.from > extent.from ? run.from : extent.from);
    if (run.state === FolioState.unknown) states.foliosUnknown += bytes;
    if (run.state === FolioState.unknown || run.state === FolioState.failed) continue;
    states.cached += bytes;
    if (run.state === FolioState.dirty || run.state === FolioState.folioDirty) states.dirty += bytes;
    if (run.state === FolioState.writeback) states.writeback += bytes;
  }
  return {
    extent,
    layer,
    before: neighbour(file, extent),
    ...states,
    madeBy: extent.op === 0 ? undefined : model.ops.find(extent.op),
    sharers: sharersOf(model, file, extentRuns(map, extent.from, extent.to)).map(({ inode, path }) => ({ inode, path })),
  };
}

/** The extent that ends where this one begins, with a place: how far the device jumps is said from it. */
function neighbour(file: FileState, extent: Extent): Extent | undefined {
  return extent.from === 0n ? undefined : file.data.at(extent.from - 1n);
}

function folioDetail(model: Model, file: FileState, at: bigint): FolioDetail | undefined {
  const run = file.folios.at(at);
  if (!run) return undefined;
  return { run, madeBy: run.op === 0 ? undefined : model.ops.find(run.op), under: file.pending.at(at) ?? file.data.at(at) };
}

function chunkDetail(file: FileState, index: number, at: bigint): ChunkDetail | undefined {
  const layouts: readonly Layout[] = file.layouts.list(),
    layout = layouts.find((one) => one.index === index);
  const place = toPlace(layouts, file.size, at);
  return layout && place ? { layout: layoutView(layout), place, used: usedBytes(layout), slack: slackBytes(layout) } : undefined;
}
