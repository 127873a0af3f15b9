import {
  Departure,
  FolioState,
  type Frame,
  heapOf,
  type How,
  Introduction,
  IoStage,
  KeyframeEdge,
  KeyframePart,
  Kind,
  MapLayer,
  MapType,
  type MessagePart,
  NO_ADDR,
  Where,
} from '../trace/index.ts';
import { minBig, U64_MAX, utf8Text } from '../units/index.ts';
import type { ExtentValue } from './extents.ts';
import type { FileState } from './file-state.ts';
import { NO_LAYOUT } from './layouts.ts';
import { lose } from './losses.ts';
import type { Model } from './model.ts';
import { RowRange } from './row-range.ts';
import { moveRange, paintWhere } from './where.ts';

type Step = (model: Model, frame: Frame, i: number) => void;

/** One line per kind; leave one out and this does not compile. */
const step: { readonly [K in Kind]: Step } = {
  [Kind.none]: () => undefined,
  [Kind.device]: device,
  [Kind.inode]: inode,
  [Kind.inodeGone]: inodeGone,
  [Kind.opBegin]: opBegin,
  [Kind.opReply]: (m, f, i) => m.ops.reply(f, i),
  [Kind.opEnd]: (m, f, i) => m.ops.end(f, i),
  [Kind.mapping]: (m, f, i) => m.ops.mapping(f, i),
  [Kind.extent]: extent,
  [Kind.layout]: layout,
  [Kind.strip]: strip,
  [Kind.folio]: folio,
  [Kind.io]: io,
  [Kind.message]: message,
  [Kind.violation]: violation,
  [Kind.mark]: mark,
  [Kind.lost]: lost,
  [Kind.late]: (m, f, i) => void (m.late += atLeastOne(f.result[i]!)),
  [Kind.gap]: (m, f, i) => void (m.skipped += atLeastOne(f.result[i]!)),
  [Kind.keyframe]: keyframe,
  [Kind.source]: source,
  [Kind.remap]: remap,
};

/** Applies a frame in place. What changed is known by versions, per inode and range; nothing is compared by reference. */
export function reduce(model: Model, frame: Frame): void {
  reduceRows(model, frame, 0, frame.count);
  if (frame.until > model.until) model.until = frame.until;
}

/** Rows `[from, to)` of a frame, without its clock: to stop at a moment inside it, or to take one section out of many. */
export function reduceRows(model: Model, frame: Frame, from: number, to: number): void {
  // A kind of a newer format is skipped: its rows tell this version nothing.
  for (let i = from; i < to; i++) step[frame.kind[i] as Kind]?.(model, frame, i);
  model.rows += to - from;
  if (to > from) model.version++;
}

const mapKinds: ReadonlySet<number> = new Set([Kind.extent, Kind.remap, Kind.folio, Kind.layout, Kind.strip]);

/**
 * As `reduceRows`, but of maps, folios and layouts only those of `inodes`: of other files it is noted that they are there, and that their
 * map changed, which their ops tell.
 */
export function reduceRowsOf(model: Model, frame: Frame, from: number, to: number, inodes: ReadonlySet<number>): void {
  for (let i = from; i < to; i++) {
    const kind = frame.kind[i] as Kind;
    const isWanted = !mapKinds.has(kind) || inodes.has(frame.inode[i]!);
    if (!isWanted) passOver(model, frame, i);
    else if (kind !== Kind.inode || inodes.has(frame.inode[i]!) || !model.files.listAgain(frame, i)) step[kind]?.(model, frame, i);
  }
  model.rows += to - from;
  if (to > from) model.version++;
}

function passOver(m: Model, f: Frame, i: number): void {
  const file = fileOf(m, f, i);
  range.read(f, i);
  if (f.kind[i] === Kind.folio) written(m, f, i);
  if (f.kind[i] !== Kind.extent && f.kind[i] !== Kind.remap) return;
  mapChanged(m, file, f, i);
  const sharer = f.kind[i] === Kind.remap ? sharerOf(m, f, i) : undefined;
  if (sharer) mapChanged(m, sharer, f, i);
}

const atLeastOne = (n: bigint): bigint => (n < 1n ? 1n : n);

function device(m: Model, f: Frame, i: number): void {
  m.devices.set(f.device[i]!, {
    device: f.device[i]!,
    path: heapOf(f, i).slice(),
    size: f.length[i]!,
    blockSize: Number(BigInt.asUintN(32, f.addr[i]!)),
    devT: f.flags[i]!,
    since: f.time[i]!,
    source: f.source[i] as never,
    how: f.how[i] as never,
  });
}

/** The file a row is about. */
function fileOf(m: Model, f: Frame, i: number): FileState {
  return heardOf(m, f.inode[i]!, f.kind[i] === Kind.inode && f.role[i] === Introduction.first);
}

/** One first heard of after a loss may have had rows among the lost: its pages are unknown, not absent. */
function heardOf(m: Model, inode: number, isNew: boolean): FileState {
  const known = m.files.find(inode);
  if (known) return known;
  const file = m.files.get(inode),
    loss = m.losses.last();
  if (loss && m.isNews && !isNew) file.folios.doubt(loss.at);
  return file;
}

function inode(m: Model, f: Frame, i: number): void {
  // A list comes before the sections: nothing is known of the pages past a size.
  if (m.rebuilding) return m.files.list(f, i);
  const file = fileOf(m, f, i),
    size = f.length[i]!,
    isOldInDoubt = file.how === 0 && m.losses.size > 0 && m.isNews && f.role[i] !== Introduction.first;
  // What a cut drops, or puts in doubt, may lie anywhere behind it.
  if (size !== file.size || isOldInDoubt)
    file.touch(range.set(minBig(size, file.size), size < file.size || isOldInDoubt ? U64_MAX : size, f.time[i]!));
  file.resize(size, m.pageSize, isOldInDoubt, f.time[i]!);
  file.introduce(f, i);
  m.files.version++;
}

function inodeGone(m: Model, f: Frame, i: number): void {
  const inode = f.inode[i]!;
  if (m.rebuilding && f.role[i] === Departure.forgotten) return m.files.forget(inode);
  m.files.retire(inode, (leaving) => m.ops.settle(leaving));
  if (f.role[i] === Departure.nameless) m.ops.unname(inode);
}

function opBegin(m: Model, f: Frame, i: number): void {
  m.ops.begin(f, i, m.mapChanges);
  if (m.rebuilding) m.ops.restore(f.op[i]!, f.result[i]!);
}

/** Of the row at hand. */
const range = new RowRange();

function extent(m: Model, f: Frame, i: number): void {
  const file = fileOf(m, f, i);
  range.read(f, i);
  const map = f.role[i] === MapLayer.pending ? file.pending : file.data;
  // "Nothing is pending here" is no extent of the pending map.
  if (map === file.pending && f.type[i] === MapType.HOLE) map.clear(range.from, range.to);
  else if (range.where === Where.everywhere) map.paintRow(range, f, i);
  else paintWhere(map, range.from, range.to, extentOf(f, i), range.where);
  mapChanged(m, file, f, i);
  touched(m, file);
}

/** Ops tell whether others changed the data map while they were open. */
function mapChanged(m: Model, file: FileState, f: Frame, i: number): void {
  if (m.isNews && f.role[i] !== MapLayer.pending) file.mapChanged(++m.mapChanges, f.op[i]!);
}

const extentOf = (f: Frame, i: number): ExtentValue => ({
  addr: f.addr[i]!,
  device: f.device[i]!,
  type: f.type[i] as MapType,
  flags: f.flags[i]!,
  how: f.how[i] as How,
  op: f.op[i]!,
  since: f.time[i]!,
});

function remap(m: Model, f: Frame, i: number): void {
  const file = fileOf(m, f, i),
    sharer = sharerOf(m, f, i),
    other = f.parent[i] === 0 ? file : m.files.find(f.parent[i]!),
    { from, to } = range.read(f, i);
  const layer = f.role[i] === MapLayer.pending ? 'pending' : 'data',
    map = file[layer];
  moveRange(map, other?.[layer], {
    from,
    to,
    source: f.addr[i]!,
    flags: f.flags[i]!,
    how: f.how[i] as How,
    op: f.op[i]!,
    since: f.time[i]!,
  });
  mapChanged(m, file, f, i);
  touched(m, file);
  if (!sharer) return;
  range.set(f.addr[i]!, minBig(f.addr[i]! + (to - from), U64_MAX), f.time[i]!);
  mapChanged(m, sharer, f, i);
  touched(m, sharer);
}

/** The other file whose extents have the flags of a remap row from now on: the row is about it too, whether it was heard of or not. */
const sharerOf = (m: Model, f: Frame, i: number): FileState | undefined =>
  f.parent[i] === 0 || f.parent[i] === f.inode[i] || f.flags[i] === 0 ? undefined : heardOf(m, f.parent[i]!, false);

function layout(m: Model, f: Frame, i: number): void {
  const file = fileOf(m, f, i);
  if (f.type[i] === NO_LAYOUT) file.layouts.empty();
  else file.layouts.set(f.type[i]!, f.offset[i]!, f.length[i]!, BigInt(f.flags[i]!), Number(f.result[i]!), f.time[i]!, f.how[i] as How);
  file.version++;
}

function strip(m: Model, f: Frame, i: number): void {
  const file = fileOf(m, f, i);
  file.layouts.setStrip(f.type[i]!, f.flags[i]!, { device: f.device[i]!, addr: f.addr[i]!, length: f.length[i]! });
  file.version++;
}

function folio(m: Model, f: Frame, i: number): void {
  const file = fileOf(m, f, i);
  file.folios.applyRow(range.read(f, i), f, i);
  written(m, f, i);
  touched(m, file);
}

/** A folio row of a writeback op is one more run of its ioend. `range` is the row's. */
function written(m: Model, f: Frame, i: number): void {
  if (f.type[i] === FolioState.writeback && f.parent[i] !== 0) m.ops.grow(f.parent[i]!, range, 1);
}

/** A flash is for news; a section only says how things are. */
function touched(m: Model, file: FileState): void {
  if (m.isNews) file.touch(range);
  else file.changes.all(++file.version);
}

function io(m: Model, f: Frame, i: number): void {
  m.ios.apply(f, i);
  if (f.parent[i] !== 0 && !m.rebuilding) m.ops.grow(f.parent[i]!, range.read(f, i), 0);
  if (m.rebuilding && f.role[i] === IoStage.submit) m.ios.restore(f.op[i]!, Number(f.result[i]! & 0xffn));
}

function message(m: Model, f: Frame, i: number): void {
  m.messages.push({
    at: f.time[i]!,
    op: f.op[i]!,
    inode: f.inode[i]!,
    role: f.role[i] as MessagePart,
    opcode: f.flags[i]!,
    length: f.length[i]!,
    bytes: heapOf(f, i).slice(),
    source: f.source[i] as never,
  });
}

function violation(m: Model, f: Frame, i: number): void {
  m.violations.push({
    at: f.time[i]!,
    op: f.op[i]!,
    inode: f.inode[i]!,
    offset: f.offset[i]!,
    text: utf8Text(heapOf(f, i)),
    source: f.source[i] as never,
  });
}

function mark(m: Model, f: Frame, i: number): void {
  m.marks.push({ at: f.time[i]!, inode: f.inode[i]!, pid: f.pid[i]!, text: utf8Text(heapOf(f, i)), source: f.source[i] as never });
}

function lost(m: Model, f: Frame, i: number): void {
  const loss = {
    at: f.time[i]!,
    source: f.source[i] as never,
    rows: f.result[i]!,
    cpu: f.cpu[i]!,
    from: f.offset[i]!,
    to: f.length[i]!,
    inode: f.inode[i]!,
  };
  m.losses.push(loss);
  // A keyframe tells of earlier losses; what they put in doubt its sections say themselves.
  if (m.rebuilding) return;
  m.lost += atLeastOne(loss.rows);
  lose(m, loss);
}

function keyframe(m: Model, f: Frame, i: number): void {
  const section = f.inode[i]!,
    begins = f.role[i] === KeyframeEdge.begin;
  if (section === 0) {
    m.rebuilding = begins;
    if (begins && f.type[i] !== KeyframePart.inodes) rebuild(m, f, i);
  } else {
    m.section = begins ? section : 0;
    if (begins) m.files.get(section).emptyMaps();
  }
}

function rebuild(m: Model, f: Frame, i: number): void {
  m.empty();
  m.lost = f.offset[i]!;
  m.late = f.length[i]!;
  if (f.addr[i] !== NO_ADDR && f.addr[i]! > m.skipped) m.skipped = f.addr[i]!;
  m.ops.restoreTotal(Number(f.result[i]!));
}

function source(m: Model, f: Frame, i: number): void {
  m.sources.set(f.source[i]!, { source: f.source[i] as never, since: f.time[i]!, text: utf8Text(heapOf(f, i)) });
}
