import { FolioState, How, OpType } from '../../trace/index.ts';
import { ceilTo, floorTo, maxBig, minBig, U64_MAX } from '../../units/index.ts';
import { bigintOf, type FtraceFormat, numberOf } from '../../wire/index.ts';
import { addHole, common, type Holes, pieces } from '../holes.ts';
import type { Inode } from '../inode.ts';
import type { Moment } from '../ops.ts';
import type { Handle, Rule, Scene } from '../rule.ts';
import { tellWritten } from '../writeback-end-rules.ts';
import { type Submission, SYNC_ALL } from './submission.ts';

/** What ext4 writes back: it says where it begins and how far it came, not which pages it takes. */
export const submissionRules: readonly Rule[] = [
  { system: 'jbd2', event: 'jbd2_submit_inode_data', use: ordering },
  { system: 'ext4', event: 'ext4_writepages', use: writingBack },
  { system: 'ext4', event: 'ext4_writepages_result', use: wroteBack },
  { system: 'ext4', event: 'ext4_da_write_folios_start', use: submitting },
  { system: 'ext4', event: 'ext4_da_write_folios_end', use: submitted },
  { system: 'ext4', event: 'ext4_sync_file_exit', use: synced },
];

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
    const isAll = cyclic(view, at) !== 0,
      whole = wholeFolios(scene, inode, isAll ? 0n : start(view, at), isAll ? U64_MAX : end(view, at) + 1n);
    task.writepages = begin({
      inode,
      pid,
      ...whole,
      most: most(view, at),
      // It notes what is dirty a moment later.
      isTagged: false,
      passesOver: givesNone && mayPassOver,
      waits: mode?.(view, at) === SYNC_ALL,
    });
  };
}

/** Folios that the range has a part of are written whole. Fact: filemap_get_folios_tag, mm/filemap.c. */
function wholeFolios({ folios, pageSize }: Scene, inode: Inode, from: bigint, to: bigint): Pick<Submission, 'from' | 'to' | 'doubted'> {
  const first = floorTo(from, pageSize),
    past = to >= U64_MAX >> 1n ? U64_MAX : ceilTo(to, pageSize),
    before = first === 0n ? undefined : folios.around(inode, first / pageSize),
    behind = past === U64_MAX ? undefined : folios.around(inode, past / pageSize - 1n),
    doubted: Holes = [];
  if (before?.isKnown === false) addHole(doubted, before.from, first);
  if (behind?.isKnown === false) addHole(doubted, past, behind.to);
  return { from: before?.from ?? 0n, to: behind?.to ?? U64_MAX, doubted };
}

function begin(it: Omit<Submission, 'redirtied'>): Submission {
  const submission: Submission = { ...it, redirtied: [] },
    { inode, from, to, waits, doubted } = submission;
  if (!waits) for (const [start, end] of common(from, to, inode.overtaken)) addHole(doubted, start, end);
  inode.submitting.add(submission);
  return submission;
}

/** What has a place already is written without a word before the rest: only the end tells that all was taken, when nothing was left over. */
function wroteBack(format: FtraceFormat, scene: Scene): Handle | undefined {
  const { inodes, tasks, has } = scene,
    tellsPlaces = has('ext4_da_write_folios_end'),
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
    const isDone = result(view, at) === 0;
    if (isDone && written(view, at) < it.most) return submit(scene, moment, it, it.to);
    // Some may be left, and which ones nobody says, but for those that wait for a place: of each that got one it was told, and only a failure drops one.
    const left = it.redirtied.concat();
    if (isDone && tellsPlaces) for (const [from, to] of waiting(scene, it)) addHole(left, from, to);
    for (const [from, to] of pieces(it.from, it.to, left)) folio(scene, moment, inode, FolioState.doubted, from, to);
  };
}

/** Whole folios of which no block has a place. Of others what has one may be written. Fact: ext4_page_nomap_can_writeout, fs/ext4/inode.c. */
function waiting({ folios, pageSize }: Scene, { inode, from, to }: Submission): Holes {
  const out: Holes = [];
  for (const [begin, end] of common(from, to, inode.delayed)) {
    let first = ceilTo(begin, pageSize),
      past = floorTo(end, pageSize);
    if (first >= past) continue;
    const head = folios.around(inode, first / pageSize),
      tail = folios.around(inode, past / pageSize - 1n);
    if (head.from < first) first = head.to;
    if (tail.to > past) past = tail.from;
    addHole(out, first, past);
  }
  return out;
}

/** Dirty folios from here on are about to be given a place and written. */
function submitting(format: FtraceFormat, { inodes, tasks }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
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
    task.pages = begin({ inode, pid, from, to: U64_MAX, most: U64_MAX, isTagged, passesOver: false, waits: isTagged, doubted: [] });
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
    if (to <= pages.from) return;
    submit(scene, moment, pages, to);
    // All of these folios were dirty, one behind the other.
    if (inode.isWritingBack) addHole(inode.inFlight, pages.from, to);
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
    folio(scene, moment, inode, FolioState.submitted, start, end, op);
    folios.submitted(inode, start, end);
    // It may have come back before it was told that it went.
    if (inode.isWritingBack === false) tellWritten(scene.rows, moment, inode, start, end);
  }
  // What has a place of such a page is being written.
  if (inode.isWritingBack) for (const [start, end] of common(from, to, redirtied)) addHole(inode.overtaken, start, end);
  for (const [start, end] of doubted)
    if (start < to && end > from) folio(scene, moment, inode, FolioState.doubted, maxBig(start, from), minBig(end, to));
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
    if (inode && result(view, at) === 0) folio(scene, moment, inode, FolioState.written, 0n, U64_MAX);
  };
}

function folio({ rows }: Scene, moment: Moment, inode: Inode, state: FolioState, from: bigint, to: bigint, parent = 0): void {
  const i = rows.folio(moment, inode, state, from, to - from),
    c = rows.columns;
  c.parent[i] = parent;
  if (state === FolioState.doubted) c.how[i] = How.unknown;
}
