import { FolioState, How, OpType } from '../../trace/index.ts';
import { ceilTo, floorTo, maxBig, minBig, U64_MAX } from '../../units/index.ts';
import { bigintOf, type FtraceFormat, numberOf, OpFlag } from '../../wire/index.ts';
import { addHole, common, type Holes, pieces } from '../holes.ts';
import type { Inode } from '../inode.ts';
import type { Moment } from '../ops.ts';
import type { Handle, Rule, Scene } from '../rule.ts';
import { tellWritten } from '../writeback-end-rules.ts';
import { type Submission, SYNC_ALL } from './submission.ts';

/** What ext4 writes into the page cache and from it: it does not go through the iterator. */
export const pageRules: readonly Rule[] = [
  ...['ext4_da_write_begin', 'ext4_write_begin'].map((event): Rule => ({ system: 'ext4', event, use: writing })),
  ...['ext4_da_write_end', 'ext4_write_end', 'ext4_journalled_write_end'].map((event): Rule => ({ system: 'ext4', event, use: written })),
  { system: 'jbd2', event: 'jbd2_submit_inode_data', use: ordering },
  { system: 'ext4', event: 'ext4_writepages', use: writingBack },
  { system: 'ext4', event: 'ext4_writepages_result', use: wroteBack },
  { system: 'ext4', event: 'ext4_da_write_folios_start', use: submitting },
  { system: 'ext4', event: 'ext4_da_write_folios_end', use: submitted },
  { system: 'ext4', event: 'ext4_sync_file_exit', use: synced },
  { system: 'ext4', event: 'ext4_invalidate_folio', use: dropping },
  { system: 'ext4', event: 'ext4_release_folio', use: splitting },
];

function writing(format: FtraceFormat, { inodes, tasks, ops, ownPids }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    pos = bigintOf(format, 'pos'),
    length = bigintOf(format, 'len');
  if (!dev || !ino || !pos || !length) return undefined;
  return (view, at, _, moment) => {
    const inode = ownPids.has(moment.pid) ? undefined : inodes.find(dev(view, at), ino(view, at));
    if (!inode) return;
    const task = tasks.of(moment.pid),
      from = pos(view, at);
    if (task.write) ops.end(moment, task.write.inode, task.write.op, OpType.iomap, 0n, 0, 0, How.unknown);
    const parent = task.fellBack?.inode === inode ? task.fellBack.op : 0;
    task.write = { inode, op: ops.begin(moment, inode, OpType.iomap, OpFlag.WRITE, from, length(view, at), parent), pos: from };
  };
}

/** Bytes were copied into a folio: a moment later it is dirty. */
function written(format: FtraceFormat, scene: Scene): Handle | undefined {
  const { inodes, tasks, ops } = scene,
    dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    pos = bigintOf(format, 'pos'),
    copied = bigintOf(format, 'copied');
  if (!dev || !ino || !pos || !copied) return undefined;
  return (view, at, _, moment) => {
    const inode = inodes.find(dev(view, at), ino(view, at));
    if (!inode) return;
    const from = pos(view, at),
      n = copied(view, at),
      task = tasks.of(moment.pid),
      op = task.write?.inode === inode ? task.write.op : 0;
    if (n > 0n) folio(scene, moment, inode, FolioState.dirty, from, from + n, op, 0);
    if (op === 0) return;
    task.write = undefined;
    ops.end(moment, inode, op, OpType.iomap, n, 0);
  };
}

/** Data of the file goes out before the journal's commit. */
function ordering(format: FtraceFormat, { inodes, tasks }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino');
  if (!dev || !ino) return undefined;
  return (view, at, _, { pid }) => void (tasks.of(pid).orders = inodes.find(dev(view, at), ino(view, at)));
}

/** Writeback of a range, or of all, begins. */
function writingBack(format: FtraceFormat, scene: Scene): Handle | undefined {
  const { inodes, tasks, has } = scene;
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    start = bigintOf(format, 'range_start'),
    end = bigintOf(format, 'range_end'),
    cyclic = numberOf(format, 'range_cyclic'),
    most = bigintOf(format, 'nr_to_write'),
    mode = numberOf(format, 'sync_mode');
  if (!dev || !ino || !start || !end || !cyclic || !most) return undefined;
  // No event tells of which age a kernel is but by being there: this one came in 6.17.
  const mayPassOver = !has('ext4_da_write_folios_start');
  return (view, at, _, { pid }) => {
    const inode = inodes.find(dev(view, at), ino(view, at)),
      task = tasks.of(pid),
      givesNone = task.orders !== undefined && task.orders === inode;
    task.orders = undefined;
    if (!inode) return;
    const isAll = cyclic(view, at) !== 0;
    task.writepages = begin(scene, {
      inode,
      pid,
      from: isAll ? 0n : start(view, at),
      to: isAll ? U64_MAX : end(view, at) + 1n,
      most: most(view, at),
      // It notes what is dirty a moment later.
      isTagged: false,
      passesOver: givesNone && mayPassOver,
      waits: mode?.(view, at) === SYNC_ALL,
    });
  };
}

/** Folios that the range has a part of are written whole. Fact: filemap_get_folios_tag, mm/filemap.c. */
function begin({ folios, pageSize }: Scene, it: Omit<Submission, 'redirtied' | 'doubted'>): Submission {
  const { inode } = it,
    first = floorTo(it.from, pageSize),
    past = it.to >= U64_MAX >> 1n ? U64_MAX : ceilTo(it.to, pageSize),
    before = first === 0n ? undefined : folios.around(inode, first / pageSize),
    behind = past === U64_MAX ? undefined : folios.around(inode, past / pageSize - 1n),
    from = before?.from ?? 0n,
    to = behind?.to ?? U64_MAX,
    submission: Submission = { ...it, from, to, redirtied: [], doubted: [] };
  if (before?.isKnown === false) addHole(submission.doubted, from, first);
  if (behind?.isKnown === false) addHole(submission.doubted, past, to);
  if (!it.waits) for (const [start, end] of common(from, to, inode.overtaken)) addHole(submission.doubted, start, end);
  inode.submitting.add(submission);
  return submission;
}

/** What has a place already is written without a word before the rest: only the end tells that all was taken, when nothing was left over. */
function wroteBack(format: FtraceFormat, scene: Scene): Handle | undefined {
  const { inodes, tasks } = scene,
    dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    result = numberOf(format, 'ret'),
    written = bigintOf(format, 'pages_written');
  if (!dev || !ino || !result || !written) return undefined;
  return (view, at, _, moment) => {
    const inode = inodes.find(dev(view, at), ino(view, at)),
      task = tasks.of(moment.pid),
      { writepages: it } = task;
    task.writepages = undefined;
    if (!inode || it?.inode !== inode) return;
    inode.submitting.delete(it);
    // Some may be left, and which ones nobody says.
    if (result(view, at) === 0 && written(view, at) < it.most) return submit(scene, moment, it, it.to);
    for (const [from, to] of pieces(it.from, it.to, it.redirtied)) folio(scene, moment, inode, FolioState.doubted, from, to, 0, 0);
  };
}

/** Dirty folios from here on are about to be given a place and written. */
function submitting(format: FtraceFormat, scene: Scene): Handle | undefined {
  const { inodes, tasks } = scene,
    dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    start = bigintOf(format, 'start_pos'),
    mode = numberOf(format, 'sync_mode');
  if (!dev || !ino || !start || !mode) return undefined;
  return (view, at, _, { pid }) => {
    const inode = inodes.find(dev(view, at), ino(view, at));
    if (!inode) return;
    const from = start(view, at),
      isTagged = mode(view, at) === SYNC_ALL,
      task = tasks.of(pid);
    if (task.writepages?.inode === inode) task.writepages.isTagged = isTagged;
    task.pages = begin(scene, { inode, pid, from, to: U64_MAX, most: U64_MAX, isTagged, passesOver: false, waits: isTagged });
  };
}

/** All that was dirty up to here is being written: of an attempt that failed less than it had found. Fact: mpage_map_and_submit_extent, fs/ext4/inode.c. */
function submitted(format: FtraceFormat, scene: Scene): Handle | undefined {
  const { inodes, tasks } = scene,
    dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    done = bigintOf(format, 'start_pos'),
    next = bigintOf(format, 'next_pos'),
    result = numberOf(format, 'ret');
  if (!dev || !ino || !done || !next || !result) return undefined;
  return (view, at, _, moment) => {
    const inode = inodes.find(dev(view, at), ino(view, at)),
      task = tasks.of(moment.pid),
      { pages } = task;
    task.pages = undefined;
    if (!inode || pages?.inode !== inode) return;
    inode.submitting.delete(pages);
    const to = result(view, at) === 0 ? next(view, at) : done(view, at);
    if (to > pages.from) submit(scene, moment, pages, to);
  };
}

/** What was dirty up to `to` is being written. */
function submit(scene: Scene, moment: Moment, { inode, from, passesOver, redirtied, doubted }: Submission, to: bigint): void {
  const { ops, folios, pageSize } = scene,
    op = ops.begin(moment, inode, OpType.writeback, 0, from, to === U64_MAX ? 0n : to - from, 0),
    kept: Holes = redirtied.concat();
  if (passesOver)
    for (const [start, end] of inode.delayed)
      for (const [a, b] of pieces(floorTo(start, pageSize), ceilTo(end, pageSize), redirtied)) addHole(doubted, a, b);
  for (const [start, end] of doubted) addHole(kept, start, end);
  for (const [start, end] of pieces(from, to, kept)) {
    folio(scene, moment, inode, FolioState.submitted, start, end, 0, op);
    folios.submitted(inode, start, end);
    if (inode.isWritingBack) addHole(inode.inFlight, start, end);
    // It may have come back before it was told that it went.
    else if (inode.isWritingBack === false) tellWritten(scene.rows, moment, inode, start, end);
  }
  // What has a place of such a page is being written.
  if (inode.isWritingBack) for (const [start, end] of common(from, to, redirtied)) addHole(inode.overtaken, start, end);
  for (const [start, end] of doubted)
    if (start < to && end > from) folio(scene, moment, inode, FolioState.doubted, maxBig(start, from), minBig(end, to), 0, 0);
  ops.end(moment, inode, op, OpType.writeback, 0n, 0, 0, How.derived);
}

/** Somebody has waited for all of it. */
function synced(format: FtraceFormat, scene: Scene): Handle | undefined {
  const { inodes } = scene,
    dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    result = numberOf(format, 'ret');
  if (!dev || !ino || !result) return undefined;
  return (view, at, _, moment) => {
    const inode = inodes.find(dev(view, at), ino(view, at));
    if (inode && result(view, at) === 0) folio(scene, moment, inode, FolioState.written, 0n, U64_MAX, 0, 0);
  };
}

function folio(
  { rows }: Scene,
  moment: Moment,
  inode: Inode,
  state: FolioState,
  from: bigint,
  to: bigint,
  op: number,
  parent: number,
): void {
  const i = rows.folio(moment, inode, state, from, to - from),
    c = rows.columns;
  c.op[i] = op;
  c.parent[i] = parent;
  if (state === FolioState.doubted) c.how[i] = How.unknown;
}

/** A part of a folio is dropped, or all of it. Places are within the folio. */
function dropping(format: FtraceFormat, { inodes, tasks, folios, pageSize }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    index = bigintOf(format, 'index'),
    offset = bigintOf(format, 'offset'),
    length = bigintOf(format, 'length');
  if (!dev || !ino || !index || !offset || !length) return undefined;
  return (view, at, _, { pid }) => {
    const inode = inodes.find(dev(view, at), ino(view, at));
    if (!inode || inode.large.size === 0) return;
    const { dropping: it, space } = tasks.of(pid),
      first = index(view, at);
    it.inode = inode;
    it.from = first * pageSize + offset(view, at);
    it.to = it.from + length(view, at);
    // A truncation drops all behind the new end before it says what it is.
    it.size = space?.inode !== inode && it.to === first * pageSize + folios.size(inode, first) ? it.from : U64_MAX;
  };
}

function splitting(format: FtraceFormat, { inodes, tasks, folios, pageSize }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    index = bigintOf(format, 'index');
  if (!dev || !ino || !index) return undefined;
  return (view, at, _, moment) => {
    const { dropping: it } = tasks.of(moment.pid);
    if (!it.inode || it.inode !== inodes.find(dev(view, at), ino(view, at))) return;
    const first = index(view, at),
      from = first * pageSize,
      to = from + folios.size(it.inode, first);
    if (it.from >= from && it.to <= to && (it.from > from || it.to < to)) folios.cut(moment, it.inode, it.from, it.to, it.size);
    it.inode = undefined;
  };
}
