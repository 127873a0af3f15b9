import { Change, How, Where } from '../../trace/index.ts';
import { ceilTo, U64_MAX } from '../../units/index.ts';
import { bigintOf, type FtraceFormat, numberOf } from '../../wire/index.ts';
import type { Inode } from '../inode.ts';
import type { Moment } from '../ops.ts';
import type { Handle, Rule, Scene } from '../rule.ts';
import type { Task } from '../tasks.ts';
import { bytesOfBlocks } from '../volume.ts';

/** Truncate, fallocate and what they free, as XFS calls them. Where no record of a fork tells of it, what they say of the map is taken from them. */
export const spaceRules: readonly Rule[] = [
  { system: 'xfs', event: 'xfs_setattr', use: (format, scene) => about(format, scene, setting) },
  { system: 'xfs', event: 'xfs_alloc_file_space', use: (format, scene) => about(format, scene, allocating) },
  { system: 'xfs', event: 'xfs_free_file_space', use: (format, scene) => about(format, scene, beginning(Change.punch)) },
  { system: 'xfs', event: 'xfs_zero_file_space', use: (format, scene) => about(format, scene, beginning(Change.zero)) },
  { system: 'xfs', event: 'xfs_collapse_file_space', use: (format, scene) => about(format, scene, beginning(Change.collapse)) },
  { system: 'xfs', event: 'xfs_insert_file_space', use: (format, scene) => about(format, scene, inserting) },
  { system: 'xfs', event: 'xfs_swap_extent_before', use: (format, scene) => about(format, scene, exchanging) },
  { system: 'xfs', event: 'xfs_exchrange_mappings', use: exchangingRanges },
  { system: 'xfs', event: 'xfs_itruncate_extents_start', use: truncating },
  { system: 'xfs', event: 'xfs_itruncate_extents_end', use: (format, scene) => about(format, scene, truncated) },
  { system: 'xfs', event: 'xfs_bunmap', use: unmapping },
];

type Act = (scene: Scene, moment: Moment, task: Task, inode: Inode) => void;

/** An event that names no more than the file. */
function about(format: FtraceFormat, scene: Scene, act: Act): Handle | undefined {
  const { inodes, tasks } = scene,
    dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino');
  if (!dev || !ino) return undefined;
  return (view, at, _, moment) => {
    const inode = inodes.find(dev(view, at), ino(view, at));
    if (inode) act(scene, moment, tasks.of(moment.pid), inode);
  };
}

function setting(_: Scene, _moment: Moment, task: Task, inode: Inode): void {
  task.sets = inode;
}

const beginning =
  (change: Change): Act =>
  ({ spaces }, moment, task, inode) =>
    void spaces.begin(moment, task, inode, change);

/** It gets blocks where it has none; where those are nobody says, nor, but for a zeroing that has freed its range before, which part is meant. */
function allocating({ spaces, claims }: Scene, moment: Moment, task: Task, inode: Inode): void {
  const { op, freed, change } = spaces.begin(moment, task, inode, Change.allocate);
  if (inode.tells) return;
  if (change === Change.zero && freed) claims.doubt(moment, inode, op, freed.from, freed.to);
  else claims.doubt(moment, inode, op, 0n, U64_MAX, Where.hole);
}

/** From where the extents move nobody says. */
function inserting({ spaces, claims }: Scene, moment: Moment, task: Task, inode: Inode): void {
  const { op } = spaces.begin(moment, task, inode, Change.insert);
  if (!inode.tells) claims.doubt(moment, inode, op, 0n, U64_MAX);
}

/** Whole forks change hands: record by record where there is a reverse map, else nobody tells. */
function exchanging({ spaces, claims }: Scene, moment: Moment, task: Task, inode: Inode): void {
  const { op } = spaces.begin(moment, task, inode, Change.exchange);
  task.exchanges = true;
  inode.changes++;
  inode.isWhole = false;
  claims.doubt(moment, inode, op, 0n, U64_MAX);
  claims.settled(moment, inode, op, 0n, U64_MAX);
}

/** Ranges of two files are about to change places, record by record. Fact: xfs_exchrange_mappings, fs/xfs/xfs_exchrange.c. */
function exchangingRanges(format: FtraceFormat, { inodes, tasks, spaces }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    first = bigintOf(format, 'ip1_ino'),
    second = bigintOf(format, 'ip2_ino');
  if (!dev || !first || !second) return undefined;
  return (view, at, _, moment) => {
    const task = tasks.of(moment.pid);
    for (const ino of [first, second]) {
      const inode = inodes.find(dev(view, at), ino(view, at));
      if (!inode) continue;
      spaces.begin(moment, task, inode, Change.exchange);
      task.exchanges = true;
      inode.isWhole = false;
    }
  };
}

function truncating(format: FtraceFormat, { inodes, tasks, spaces, claims, folios, hears }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    size = bigintOf(format, 'new_size');
  if (!dev || !ino || !size) return undefined;
  return (view, at, _, moment) => {
    const inode = inodes.find(dev(view, at), ino(view, at));
    if (!inode) return;
    const to = size(view, at),
      task = tasks.of(moment.pid),
      { op } = spaces.begin(moment, task, inode, Change.truncate, to);
    // Without it only what was given behind the end is freed, as at a close.
    if (task.sets === inode) folios.truncated(moment, inode, to);
    task.sets = undefined;
    if (inode.number > 0) hears.sized?.(inode.number, to, moment.time);
    if (inode.tells) return;
    if (inode.volume.blockSize === 0) return claims.doubt(moment, inode, op, 0n, U64_MAX);
    const from = ceilTo(to, BigInt(inode.volume.blockSize));
    claims.undelayed(moment, inode, op, from, U64_MAX);
    claims.hole(moment, inode, op, from, U64_MAX);
  };
}

function truncated({ spaces }: Scene, moment: Moment, task: Task, inode: Inode): void {
  if (task.space?.inode === inode && task.space.change === Change.truncate) spaces.end(moment, task, How.derived);
}

function unmapping(format: FtraceFormat, { inodes, tasks, claims }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    offset = bigintOf(format, 'fileoff'),
    count = bigintOf(format, 'len'),
    flags = numberOf(format, 'flags'),
    named = new Map(format.symbols.get('flags')?.entries.map(([mask, name]) => [name, Number(mask)])),
    // Attributes are not in the map.
    others = (named.get('ATTRFORK') ?? 4) | (named.get('COWFORK') ?? 0x100),
    remap = named.get('REMAP') ?? 0x80;
  if (!dev || !ino || !offset || !count || !flags) return undefined;
  return (view, at, _, moment) => {
    const bits = flags(view, at),
      inode = (bits & others) === 0 ? inodes.find(dev(view, at), ino(view, at)) : undefined;
    if (!inode) return;
    const from = bytesOfBlocks(inode.volume, offset(view, at)),
      to = from + bytesOfBlocks(inode.volume, count(view, at)),
      { space, unmaps } = tasks.of(moment.pid);
    unmaps.inode = inode;
    unmaps.from = from;
    unmaps.to = to;
    // A remap takes away only what it puts back elsewhere, and says so itself.
    if (inode.tells || (bits & remap) !== 0) return;
    if (inode.volume.blockSize === 0) return claims.doubt(moment, inode, 0, 0n, U64_MAX);
    const own = space?.inode === inode ? space : undefined,
      op = own?.op ?? 0,
      isFirst = own !== undefined && own.freed === undefined;
    // It comes again for what is left of the range.
    if (own) own.freed ??= { from, to };
    claims.undelayed(moment, inode, op, from, to);
    if (own?.change !== Change.collapse) claims.hole(moment, inode, op, from, to);
    else if (isFirst) claims.moved(moment, inode, op, from, U64_MAX, inode, to, 0);
  };
}
