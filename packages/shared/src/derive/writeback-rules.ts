import { FolioState, Kind, MapType, NO_ADDR, Where } from '../trace/index.ts';
import { ceilTo, maxBig, minBig, utf8 } from '../units/index.ts';
import { bigintOf, bytesOf, type FtraceFormat, MapFlag, numberOf } from '../wire/index.ts';
import type { Mapping } from './claims.ts';
import type { Inode } from './inode.ts';
import { mappingOf } from './iomap-rules.ts';
import type { Moment } from './ops.ts';
import type { Handle, Rule, Scene } from './rule.ts';
import { tellSubmitted } from './writeback-end-rules.ts';
import { learnRun } from './xfs/learn-rules.ts';

/** Writeback through iomap: folios that are taken, the runs that are written, and their ends. Names by age: spec/protocol.md 5.2. */
export const writebackRules: readonly Rule[] = [
  { system: 'iomap', event: 'iomap_writeback_folio', use: taken },
  { system: 'iomap', event: 'iomap_writepage', use: taken },
  { system: 'iomap', event: 'iomap_add_to_ioend', use: (format, scene) => run(format, scene) },
  { system: 'iomap', event: 'iomap_writepage_map', use: (format, scene) => run(format, scene) },
  { system: 'block', event: 'block_bio_queue', use: queued },
  { system: 'block', event: 'block_rq_complete', use: completed },
  { system: 'filemap', event: 'filemap_set_wb_err', use: failed },
];

/** Linux says where a request begins in sectors of 512 bytes, whatever the disk's are. */
const SECTOR = 9n;
/** `W` in `rwbs`. */
const WRITE = 0x57;

function taken(format: FtraceFormat, { inodes, tasks, steps, ioends, folios, pageSize, hears, rows, has }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    offset = bigintOf(format, 'offset'),
    length = bigintOf(format, 'length'),
    size = bigintOf(format, 'size'),
    seesEnds = has('sb_clear_inode_writeback');
  if (!dev || !ino || !offset || !length) return undefined;
  return (view, at, _, moment) => {
    const inode = inodes.find(dev(view, at), ino(view, at));
    if (!inode) return;
    const from = offset(view, at),
      to = from + length(view, at);
    steps.cleaned(inode, from, to);
    if (inode.volume.filesystem === 'fuse') {
      // What a mount of ours writes back comes as WRITE messages of its server.
      if (seesEnds) tellSubmitted(rows, moment, inode, from, ceilTo(to, pageSize));
      return;
    }
    if (size && inode.number > 0) hears.sized?.(inode.number, size(view, at), moment.time);
    // The range is cut at the end of the file's last block, the folio is not.
    const page = from / pageSize;
    folios.taken(inode, page);
    ioends.take(moment, tasks.of(moment.pid), inode, from, maxBig(ceilTo(to, pageSize), from + folios.size(inode, page)));
  };
}

/** `iomap_add_to_ioend` names the run; its older form only the mapping, which is then a run as far as it goes in the folio that was taken last. */
function run(format: FtraceFormat, scene: Scene): Handle | undefined {
  const { inodes, tasks, ioends } = scene,
    dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    pos = bigintOf(format, 'pos'),
    length = bigintOf(format, 'dirty_len'),
    read = mappingOf(format, scene);
  if (!dev || !ino || !read) return undefined;
  return (view, at, _, moment) => {
    const inode = inodes.find(dev(view, at), ino(view, at));
    if (!inode || inode.volume.filesystem === 'fuse') return;
    const task = tasks.of(moment.pid),
      m = read(view, at, inode),
      { writing } = task;
    if (m.type === MapType.HOLE || m.type === MapType.INLINE) return;
    if (task.packedRun) learnRun(task.packedRun, inode, m);
    task.packedRun = undefined;
    if (pos && length) {
      const from = pos(view, at),
        // What is dirty beyond the mapping comes again with the next one (fact: map_len of iomap_add_to_ioend).
        to = minBig(from + length(view, at), m.offset + m.length);
      ioends.run(moment, task, inode, from, to, m);
      if (inode.lacksPlaces) placed(scene, moment, inode, writing.ioend?.op ?? 0, m, from, to);
    } else if (writing.inode === inode) {
      const from = maxBig(writing.from, m.offset),
        // The same mapping comes for each block of the folio.
        start = writing.ioend?.inode === inode && writing.hasRun ? maxBig(from, writing.ioend.to) : from;
      ioends.run(moment, task, inode, start, minBig(writing.to, m.offset + m.length), m);
    }
    claim(scene, moment, inode, writing.ioend?.op ?? 0, m);
  };
}

/** XFS told of the range without its place, which is known by now. The rest of the mapping may be something else since it was looked up. */
function placed({ claims }: Scene, moment: Moment, inode: Inode, op: number, m: Mapping, from: bigint, to: bigint): void {
  if (!inode.tells || m.addr === NO_ADDR || (m.flags & MapFlag.SHARED) !== 0 || from >= to) return;
  claims.data(moment, inode, op, { ...m, offset: from, length: to - from, addr: m.addr + (from - m.offset) }, Where.unknown);
}

/** Writeback has given the range its place. What waits in a copy-on-write fork stays there until the remap. */
function claim({ claims }: Scene, moment: Moment, inode: Inode, op: number, m: Mapping): void {
  if (inode.tells || m.addr === NO_ADDR || claims.isOld(inode, m, 0)) return;
  if ((m.flags & MapFlag.SHARED) !== 0) claims.copying(moment, inode, op, m);
  else {
    claims.undelayed(moment, inode, op, m.offset, m.offset + m.length);
    claims.data(moment, inode, op, m);
  }
  claims.note(inode, m, 0);
}

/** A bio goes to its device: the ioend that this task was filling is complete, or what it found is on its way. */
function queued(format: FtraceFormat, { tasks, ioends, transfers }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    sector = bigintOf(format, 'sector'),
    count = numberOf(format, 'nr_sector'),
    kind = bytesOf(format, 'rwbs');
  if (!dev || !sector || !count || !kind) return undefined;
  return (view, at, size, moment) => {
    const task = tasks.of(moment.pid),
      { ioend } = task.writing;
    if (!ioend?.flight && task.found.length === 0) return;
    const from = sector(view, at) << SECTOR,
      disk = dev(view, at);
    if (ioend?.flight?.disk === disk && from >= ioend.flight.from && from < ioend.flight.to) ioends.close(moment, task);
    else transfers.queued(moment, task, disk, from, from + (BigInt(count(view, at) >>> 0) << SECTOR), kind(view, at, size).includes(WRITE));
  };
}

/** Bytes went to or came from a disk. */
function completed(format: FtraceFormat, { flights }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    sector = bigintOf(format, 'sector'),
    count = numberOf(format, 'nr_sector'),
    // Renamed from `errors` in 5.20 or so.
    error = numberOf(format, 'error') ?? numberOf(format, 'errors');
  if (!dev || !sector || !count) return undefined;
  return (view, at) => {
    const n = count(view, at) >>> 0;
    if (n === 0) return;
    const from = sector(view, at) << SECTOR;
    flights.landed(dev(view, at), from, from + (BigInt(n) << SECTOR), error ? Math.abs(error(view, at)) : 0);
  };
}

const MOST_ERRNO = 4095;

/** A writeback error was noted at the mapping. Of a folio that got no run the kernel drops what was dirty. */
function failed(format: FtraceFormat, { inodes, tasks, rows }: Scene): Handle | undefined {
  const dev = numberOf(format, 's_dev'),
    ino = bigintOf(format, 'i_ino'),
    errseq = numberOf(format, 'errseq');
  if (!dev || !ino || !errseq) return undefined;
  return (view, at, _, moment) => {
    const inode = inodes.find(dev(view, at), ino(view, at));
    if (!inode || inode.volume.filesystem === 'fuse') return;
    const { time, cpu, pid } = moment,
      errno = errseq(view, at) & MOST_ERRNO,
      { writing } = tasks.of(pid);
    if (writing.inode === inode && !writing.hasRun) {
      const i = rows.folio(moment, inode, FolioState.failed, writing.from, writing.to - writing.from);
      rows.columns.errno[i] = errno;
      return;
    }
    rows.begin(Kind.mark, time, cpu, pid, inode);
    rows.text(utf8(`writeback failed: errno ${errno}`));
  };
}
