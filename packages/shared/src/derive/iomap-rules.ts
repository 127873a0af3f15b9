import { Change, How, Kind, MappingRole, MapType, NO_ADDR, Where } from '../trace/index.ts';
import { minBig } from '../units/index.ts';
import { bigintOf, ExtentFlag, type FtraceFormat, MapFlag, numberOf, OpFlag } from '../wire/index.ts';
import type { Mapping } from './claims.ts';
import { mapFlagsOf, opFlagsOf } from './flags.ts';
import type { Inode } from './inode.ts';
import type { Moment } from './ops.ts';
import type { Handle, Rule, Scene } from './rule.ts';
import type { Step } from './steps.ts';
import type { Task } from './tasks.ts';

/** What the kernel's iomap iterator tells, whoever uses it (facts: spec/protocol.md 5.2). */
export const iomapRules: readonly Rule[] = [
  { system: 'iomap', event: 'iomap_iter', use: called },
  { system: 'iomap', event: 'iomap_iter_dstmap', use: (format, scene) => mapped(format, scene, destination) },
  { system: 'iomap', event: 'iomap_iter_srcmap', use: (format, scene) => mapped(format, scene, source) },
];

const CHANGING = OpFlag.WRITE | OpFlag.ZERO;

/** `iomap_iter`; kernels before 6.13 or so have no `status`. */
function called(format: FtraceFormat, { steps, directs, spaces, upcalls, inodes, tasks, ownPids }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    pos = bigintOf(format, 'pos'),
    flags = numberOf(format, 'flags'),
    status = numberOf(format, 'status'),
    translate = opFlagsOf(format);
  if (!dev || !ino || !pos || !flags) return undefined;
  return (view, at, _, moment) => {
    const from = pos(view, at);
    if (ownPids.has(moment.pid) || from < 0n) return;
    const inode = inodes.find(dev(view, at), ino(view, at));
    if (!inode) return;
    const task = tasks.of(moment.pid),
      bits = translate(flags(view, at));
    task.moveOn();
    if ((bits & OpFlag.DAX) !== 0) inode.isDax = true;
    // What its server was asked before it has done with.
    upcalls.leave(moment, task);
    if (isPlainWrite(bits) && task.direct?.inode === inode) directs.giveUp(moment, task);
    if ((bits & OpFlag.DIRECT) !== 0) directs.maps(moment, task, inode, bits);
    if (task.space && (bits & (OpFlag.ZERO | OpFlag.UNSHARE | OpFlag.FAULT | OpFlag.REPORT)) === 0) spaces.end(moment, task);
    // Zeroing the end of the last block is how a truncation begins.
    if ((bits & OpFlag.ZERO) !== 0 && !task.space && task.sets === inode) spaces.begin(moment, task, inode, Change.truncate);
    steps.call(moment, task, inode, from, bits, status ? status(view, at) : 0, parentOf(task, inode, bits, from));
  };
}

const isPlainWrite = (flags: number): boolean =>
  (flags & (OpFlag.WRITE | OpFlag.DIRECT | OpFlag.DAX | OpFlag.FAULT | OpFlag.UNSHARE)) === OpFlag.WRITE;

/** What a call of the iterator is part of. */
function parentOf(task: Task, inode: Inode, flags: number, pos: bigint): number {
  if ((flags & OpFlag.DIRECT) !== 0) return task.direct?.inode === inode ? task.direct.op : 0;
  if ((flags & OpFlag.FAULT) !== 0) return task.fault?.inode === inode ? task.fault.op : 0;
  const { space } = task;
  if ((flags & (OpFlag.ZERO | OpFlag.UNSHARE)) !== 0) return space?.inode === inode ? space.op : 0;
  return (flags & OpFlag.WRITE) !== 0 ? task.fellBackAt(inode, pos) : 0;
}

type Use = (scene: Scene, moment: Moment, step: Step, m: Mapping) => void;

/** `iomap_iter_dstmap` and `iomap_iter_srcmap` have the same fields. */
function mapped(format: FtraceFormat, scene: Scene, use: Use): Handle | undefined {
  const { steps, inodes, tasks, ownPids } = scene,
    dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    read = mappingOf(format, scene),
    isSource = use === source;
  if (!dev || !ino || !read) return undefined;
  return (view, at, _, moment) => {
    if (ownPids.has(moment.pid)) return;
    const inode = inodes.find(dev(view, at), ino(view, at));
    if (!inode) return;
    const task = tasks.of(moment.pid),
      top = task.steps.at(-1),
      step = isSource ? (top && top.op !== 0 && top.inode === inode ? top : undefined) : steps.waiting(task, inode);
    if (!step) return;
    const m = read(view, at, inode);
    if (task.packed) {
      const { volume, start, count } = task.packed;
      volume.learn(count, m.length, m.type === MapType.MAPPED || m.type === MapType.UNWRITTEN ? start : undefined, m.addr);
      task.packed = undefined;
    }
    use(scene, moment, step, m);
  };
}

/** Reads the mapping of a record into one object, filled anew each time; undefined when the format has none. */
export function mappingOf(
  format: FtraceFormat,
  { inodes }: Pick<Scene, 'inodes'>,
): ((view: DataView, at: number, inode: Inode) => Mapping) | undefined {
  const addr = bigintOf(format, 'addr'),
    offset = bigintOf(format, 'offset'),
    length = bigintOf(format, 'length'),
    type = numberOf(format, 'type'),
    flags = numberOf(format, 'flags'),
    bdev = numberOf(format, 'bdev'),
    translate = mapFlagsOf(format),
    m: Mapping = { offset: 0n, length: 0n, addr: NO_ADDR, type: 0, flags: 0, device: 0 };
  if (!addr || !offset || !length || !type || !flags) return undefined;
  return (view, at, { volume }) => {
    const on = bdev ? bdev(view, at) : 0;
    m.offset = offset(view, at);
    m.length = length(view, at);
    m.addr = addr(view, at);
    m.type = type(view, at);
    m.flags = translate(flags(view, at));
    // On the DAX path the map is bound to no block device (fact: recordings/dax-README.md).
    m.device = on === 0 || on === volume.dev ? volume.device : (inodes.volume(on)?.device ?? 0);
    return m;
  };
}

function destination(scene: Scene, moment: Moment, step: Step, m: Mapping): void {
  const { flags, inode } = step,
    isFuse = inode.volume.filesystem === 'fuse';
  // On a FUSE mount only buffered writes come here, and their mapping names no place (live-facts 10).
  if (isFuse && (flags & (OpFlag.WRITE | OpFlag.DIRECT)) !== OpFlag.WRITE) return;
  step.type = m.type;
  step.mapFlags = m.flags;
  step.addr = m.addr;
  step.offset = m.offset;
  step.device = m.device;
  const task = scene.tasks.of(moment.pid);
  if (step.parent === 0 && task.upcall?.inode === inode) step.parent = task.upcall.op;
  scene.steps.begin(moment, step);
  if (isFuse) return;
  const end = m.offset + m.length,
    { direct } = task;
  if ((flags & OpFlag.DIRECT) !== 0) {
    if (direct?.inode === step.inode) scene.transfers.found(moment, task, step, minBig(end, direct.pos + direct.count));
  } else if ((flags & (CHANGING | OpFlag.REPORT | OpFlag.DAX)) === 0) scene.transfers.found(moment, task, step, end);
  const isCopy = isCopying(flags, m);
  const role =
    (flags & OpFlag.REPORT) !== 0
      ? MappingRole.report
      : isCopy
        ? MappingRole.destination
        : (flags & CHANGING) !== 0
          ? MappingRole.write
          : MappingRole.read;
  tellMapping(scene, moment, step.inode, step.op, m, role);
  claim(scene, moment, step, m, isCopy);
}

/** The map that is copied from: of a copy on write the one that stays in the data map until the remap. */
function source(scene: Scene, moment: Moment, step: Step, m: Mapping): void {
  step.source = m.type;
  if (step.inode.volume.filesystem === 'fuse') return;
  tellMapping(scene, moment, step.inode, step.op, m, MappingRole.source);
  claim(scene, moment, step, m, false);
}

/** A write that got shared storage got a copy's: copy on write. A read, or a report, got what the file has. */
const isCopying = (flags: number, m: Mapping): boolean =>
  (flags & CHANGING) !== 0 && (flags & OpFlag.REPORT) === 0 && (m.flags & MapFlag.SHARED) !== 0;

export function tellMapping({ rows }: Scene, { time, cpu, pid }: Moment, inode: Inode, op: number, m: Mapping, role: MappingRole): void {
  const i = rows.begin(Kind.mapping, time, cpu, pid, inode),
    c = rows.columns;
  c.op[i] = op;
  c.role[i] = role;
  c.offset[i] = m.offset;
  c.length[i] = m.length;
  if (m.type === MapType.MAPPED || m.type === MapType.UNWRITTEN) {
    c.addr[i] = m.addr;
    c.device[i] = m.device;
  }
  c.type[i] = m.type;
  c.flags[i] = m.flags;
}

/** What a mapping that was got says of the file's maps. */
function claim({ claims, takesReports }: Scene, moment: Moment, step: Step, m: Mapping, isCopy: boolean): void {
  const { inode, flags, op, changes } = step,
    isReport = (flags & OpFlag.REPORT) !== 0,
    { tells } = inode;
  // btrfs gives a place to what it writes only when it is written, and no event tells of what it frees.
  if ((isReport && !takesReports) || inode.volume.filesystem === 'btrfs') return;
  // ext4 tells what becomes of it in blocks alone: where these are not understood (an import), what was got would be claimed when it is old.
  if (inode.volume.filesystem === 'ext4' && !tells) return;
  // The filesystem tells each change of its map itself: what was got before one is old, and what it said is as true.
  if (tells && (inode.changes !== changes || (inode.isWhole && !inode.lacksPlaces))) return;
  const where = tells ? Where.unknown : saysShared(flags) || isCopy ? Where.everywhere : Where.different;
  if (claims.isOld(inode, m, where)) return;
  if (isCopy) {
    if (!tells) claims.copying(moment, inode, op, m);
  } else if (m.type === MapType.DELALLOC) claims.delayed(moment, inode, op, m.offset, m.offset + m.length, where);
  else {
    if (!tells && (m.type === MapType.MAPPED || m.type === MapType.UNWRITTEN))
      claims.undelayed(moment, inode, op, m.offset, m.offset + m.length);
    // Whoever only reads is not told whether others have it too.
    const isUnsure = inode.volume.filesystem === 'xfs' && m.type === MapType.MAPPED && !saysShared(flags);
    claims.data(
      moment,
      inode,
      op,
      isUnsure ? { ...m, flags: m.flags | ExtentFlag.SHARING_UNKNOWN } : m,
      where,
      isReport ? How.reported : How.observed,
    );
  }
  claims.note(inode, m, where);
}

/** Whether SHARED was looked for: a plain read does not care. Fact: xfs_read_iomap_begin. */
const saysShared = (flags: number): boolean => (flags & (CHANGING | OpFlag.REPORT | OpFlag.DAX)) !== 0;
