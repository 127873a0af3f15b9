import { type FrameBuilder, Kind, SourceId } from '../trace/index.ts';
import type { FtraceFormat } from '../wire/index.ts';
import { tellUnsure } from './btrfs/reference-rules.ts';
import { ToldPlaces } from './btrfs/told-places.ts';
import { Claims } from './claims.ts';
import { Directs } from './directs.ts';
import { Faults } from './faults.ts';
import { Flights } from './flights.ts';
import { Folios } from './folios.ts';
import { tellUptodate } from './folio-rules.ts';
import { addHole } from './holes.ts';
import { type Identify, Inodes } from './inodes.ts';
import { Ioends } from './ioends.ts';
import { type Moment, Ops } from './ops.ts';
import { Requests } from './requests.ts';
import { Rows } from './rows.ts';
import type { Handle, Hears, Scene } from './rule.ts';
import { filesystemOf, rules, type RulesName } from './rules.ts';
import { ServerThreads } from './server-threads.ts';
import { Spaces } from './spaces.ts';
import { Steps } from './steps.ts';
import { Tasks } from './tasks.ts';
import { born, telling } from './telling.ts';
import { Transfers } from './transfers.ts';
import { Upcalls } from './upcalls.ts';
import type { FindByFsid, FindVolume } from './volume.ts';

export interface DeriverOptions {
  /** What the traced volumes are. */
  readonly rules: RulesName | readonly RulesName[];
  /**
   * Of the events that the records come from, several of one event where its records differ; others and unknown ones are passed over. Only of events that are on (of an import: that have a
   * record), since what is not told by one event is then taken from others.
   */
  readonly formats: Iterable<FtraceFormat>;
  /** Rows go here. When it is full `full` is called and must `take` it. */
  readonly out: FrameBuilder;
  readonly full: () => void;
  readonly identify: Identify;
  /** The volume with a dev_t. Left out: every device is one of the first of `rules` of which no more is known. */
  readonly volume?: FindVolume;
  /** The volume whose backing device has this dev_t, if it is one alone. Left out: as `volume`. */
  readonly volumeOfBdi?: FindVolume;
  /** Left out: events of btrfs itself say nothing. */
  readonly volumeOfFsid?: FindByFsid;
  readonly hears?: Hears;
  /** Where FIEMAP says that files of btrfs lie, told by whoever asks it. */
  readonly places?: ToldPlaces;
  /** Bytes of a page of the traced kernel. */
  readonly pageSize: number;
  /** Processes of ours: their ops are left out. What they did to the cache is not: it is so whoever did it. */
  readonly ownPids?: ReadonlySet<number>;
  /** Whether the FIEMAP and seek calls of others tell where data is. Without, the model lives on what the work itself shows. */
  readonly takesReports?: boolean;
  /** Who says so: the live source, or an import. */
  readonly source?: SourceId;
}

/** Turns decoded records of tracepoints into rows. Records come in order of time, those of all CPUs merged. */
export interface Deriver {
  /** A record whose data begins at `at` of `view`. Anything that is too short or unknown says nothing. */
  record(this: void, view: DataView, at: number, size: number, time: bigint, cpu: number): void;
  /** The ring buffer of `cpu` dropped records between two times: `n` of them, -1n when the number is not known. */
  lost(cpu: number, n: bigint, from: bigint, to: bigint): void;
  /** Somebody has asked, and a range of this file waits for a place: records tell only of what they saw begin to wait. */
  waits(dev: number, ino: bigint, root: bigint, from: bigint, to: bigint): void;
  /** Somebody has asked at `since`, and a range of this file is shared, at `addr` of its device: when it no longer is, only that place is told, perhaps before this is. */
  shares(dev: number, ino: bigint, root: bigint, from: bigint, to: bigint, addr: bigint, since: bigint): void;
  /** From now on the system calls of all threads that serve FUSE mounts are among the records; before, of some they were not. Left out: they always are, or never. */
  hearsCallsSince(time: bigint): void;
  /** All records earlier than `until` have come. */
  flush(until: bigint): void;
  /** Time of the record that is being read, of the latest between two. */
  readonly now: bigint;
  /** Rows of inodes that were never introduced. */
  readonly forgotten: number;
}

/** Fact: the common part of every record, spec/protocol.md 7.5. */
const TYPE_AT = 0;
const PID_AT = 4;
const COMMON = 8;

export function createDeriver(options: DeriverOptions): Deriver {
  const { ownPids = new Set<number>(), source = SourceId.tracefs } = options,
    formats = [...options.formats],
    names = typeof options.rules === 'string' ? [options.rules] : options.rules,
    byName = new Map(formats.map((format) => [format.name, format])),
    // All formats of a trace are of one machine.
    isLittle = [...byName.values()].every((format) => format.isLittle);
  const moment: Moment = { time: 0n, cpu: 0, pid: 0 },
    scene = sceneOf(options, names, byName, moment, ownPids, source),
    { rows, steps, tasks, inodes, ioends, spaces, claims, servers, places } = scene;
  // Of its full length from the start: V8 keeps one that grows by gaps as a hash table, which is asked for each record.
  const handlers = Array.from(
    { length: formats.reduce((most, { id }) => Math.max(most, id), 0) + 1 },
    (): { readonly least: number; readonly handle: Handle } | undefined => undefined,
  );
  for (const { event, use } of new Set(names.flatMap((name) => rules[name])))
    for (const format of formats) {
      const handle = format.name === event ? use(format, scene) : undefined;
      if (handle) handlers[format.id] = { least: Math.max(COMMON, format.least), handle };
    }
  return {
    record(view, at, size, time, cpu) {
      if (size < COMMON) return;
      const found = handlers[view.getUint16(at + TYPE_AT, isLittle)];
      if (!found || size < found.least) return;
      inodes.record++;
      moment.time = time;
      moment.cpu = cpu;
      moment.pid = view.getInt32(at + PID_AT, isLittle);
      found.handle(view, at, size, moment);
    },
    lost(cpu, n, from, to) {
      moment.time = to;
      moment.cpu = cpu;
      moment.pid = 0;
      steps.forget(moment, tasks.all());
      tasks.forget();
      ioends.forget();
      servers.forget();
      claims.sharers.forget(to);
      places.forget(to);
      for (const inode of inodes.all()) inode.forget();
      const i = rows.note(Kind.lost, to),
        c = rows.columns;
      c.result[i] = n;
      c.cpu[i] = cpu;
      c.offset[i] = from;
      c.length[i] = to;
    },
    waits(dev, ino, root, from, to) {
      const inode = inodes.find(dev, ino, root);
      if (inode) addHole(inode.delayed, from, to);
    },
    shares(dev, ino, root, from, to, addr, since) {
      const inode = inodes.find(dev, ino, root);
      if (inode?.volume.filesystem === 'xfs') claims.sharesSince(moment, { inode, from, addr, length: to - from }, since);
    },
    hearsCallsSince(time) {
      servers.since = time;
    },
    flush(until) {
      spaces.flush(moment, until);
      for (const it of places.takeLate()) tellUnsure({ inodes, claims }, moment, it);
      rows.flush(until);
    },
    get now() {
      return moment.time;
    },
    get forgotten() {
      return rows.forgotten;
    },
  };
}

function sceneOf(
  options: DeriverOptions,
  names: readonly RulesName[],
  byName: ReadonlyMap<string, FtraceFormat>,
  moment: Moment,
  ownPids: ReadonlySet<number>,
  source: SourceId,
): Scene {
  const has = (event: string): boolean => byName.has(event),
    { tells, doubtsRemoved, converts, seesWriteback } = telling(has),
    volume = options.volume ?? ((dev) => ({ dev, filesystem: filesystemOf(names[0] ?? 'other'), device: 0, blockSize: 0 })),
    inodes = new Inodes(options.identify, volume, options.volumeOfBdi ?? volume, options.volumeOfFsid ?? (() => undefined), tells),
    rows = new Rows(options.out, options.full, (inode) => inodes.ask(inode), source),
    ops = new Ops(rows, source),
    claims = new Claims(rows),
    servers = new ServerThreads(),
    flights = new Flights(has('block_rq_complete')),
    transfers = new Transfers(rows, ops, flights, moment, has('block_bio_queue'), (...it) => tellUptodate(rows, ...it)),
    hears = options.hears ?? {};
  return {
    rows,
    ops,
    inodes,
    claims,
    flights,
    transfers,
    folios: new Folios(rows, BigInt(options.pageSize), has('iomap_writeback_folio')),
    tasks: new Tasks(),
    steps: new Steps(rows, ops, seesWriteback, (now, step, to) => transfers.read(now, step, to)),
    ioends: new Ioends(rows, ops, flights, claims, moment, converts),
    directs: new Directs(ops, claims, converts),
    faults: new Faults(ops),
    requests: new Requests(ops, servers),
    servers,
    upcalls: new Upcalls(ops),
    spaces: new Spaces(ops),
    places: options.places ?? new ToldPlaces(),
    hears,
    pageSize: BigInt(options.pageSize),
    ownPids,
    takesReports: options.takesReports ?? false,
    born: (now, dev, ino, parent) => born({ inodes, claims, rows, hears }, now, dev, ino, parent),
    doubtsRemoved,
    has,
  };
}
