import { setTimeout as sleep } from 'node:timers/promises';
import { monotonic } from '@mapscope/native';
import { delallocSeen, type FileName, type MapTold, sayMap, type ToldPlaces } from '@mapscope/shared/derive';
import { type Frame, FrameBuilder, SourceId } from '@mapscope/shared/trace';
import { type Filesystem, Refused } from '../../host/index.ts';
import { frameOf, type Probe, saySource, type Sink, type Source, type SourceFacts } from '../source.ts';
import { type Doubt, Doubts } from './doubts.ts';
import { FirstPages } from './first-pages.ts';
import { type MapPage, mapPages } from './pages.ts';
import { type DeviceNumbers, Placings } from './placings.ts';
import { probeFiemap } from './probe.ts';

/** A watched file, open for as long as it is asked for. */
export interface MappedFile {
  readonly fd: number;
  readonly filesystem: Filesystem;
  readonly close: () => void;
}

export interface FiemapOptions {
  /** Opens the file that the stream calls `inode`, if it still is that file. undefined: it is not, or is not to be looked at. */
  readonly open: (inode: number) => Promise<MappedFile | undefined> | MappedFile | undefined;
  readonly deviceNumber: DeviceNumbers;
  /** Who hears when what is told of files of btrfs becomes shared, or no longer is, and how events name a file. Left out: nobody does. */
  readonly places?: ToldPlaces;
  readonly nameOf?: (inode: number) => FileName | undefined;
  /** The kernel refused to tell of this file, and why. It is not asked again by itself. */
  readonly refused?: (inode: number, why: Refused) => void;
  /** Nothing more is heard of a range for so long before it is asked for; and how long it waits at most. Milliseconds. */
  readonly quietMs?: number;
  readonly waitMs?: number;
}

export interface Fiemap extends Source {
  /** What other sources told: ranges that became unknown, files renamed, cut or lost sight of are asked for after a while. */
  heard(frame: Frame): void;
  /** Asks for a range of a file, as soon as what was asked before is answered. Of a file that is first seen: `from` 0 and no `to`. */
  ask(inode: number, from?: bigint, to?: bigint): void;
  /** Nothing is asked for, and nothing is in doubt. */
  readonly isIdle: boolean;
  /** Files are being asked for: their rows will bear a time that has passed. */
  readonly isAsking: boolean;
  /** Files that were asked for so far. */
  readonly asked: number;
}

const QUIET_MS = 50;
const WAIT_MS = 500;
/** Files asked for in one go. */
const AT_ONCE = 64;
const MS = 1_000_000n;

/** A file that is being asked for. */
interface Asked {
  readonly file: MappedFile;
  readonly inode: number;
  readonly from: bigint;
  readonly to: bigint;
}

/**
 * The maps of files by FIEMAP: when somebody asks, and when events leave a range unknown. It never writes back what it looks at. Its rows bear the time of the
 * question: events that are newer than that, and come with it, win. The calls run on threads of libuv's pool, whose trace events are REPORTs of this process.
 */
export function createFiemap(options: FiemapOptions): Fiemap {
  return new Maps(options);
}

class Maps implements Fiemap {
  readonly name = 'fiemap';
  private readonly options: FiemapOptions;
  private readonly doubts = new Doubts();
  private readonly first = new FirstPages();
  private readonly rows = new FrameBuilder();
  private readonly placings: Placings;
  private readonly quiet: bigint;
  private readonly longest: bigint;
  private sink: Sink = () => undefined;
  private wake: () => void = () => undefined;
  private frames = 0;
  isAsking = false;
  asked = 0;

  constructor(options: FiemapOptions) {
    this.options = options;
    this.placings = new Placings(options.deviceNumber);
    this.quiet = BigInt(options.quietMs ?? QUIET_MS) * MS;
    this.longest = BigInt(options.waitMs ?? WAIT_MS) * MS;
  }

  probe(): Promise<Probe> {
    return probeFiemap();
  }

  get isIdle(): boolean {
    return this.doubts.size === 0 && !this.isAsking;
  }

  heard(frame: Frame): void {
    const before = this.doubts.size;
    this.doubts.hear(frame);
    if (before === 0 && this.doubts.size > 0) this.wake();
  }

  ask(inode: number, from?: bigint, to?: bigint): void {
    // Long since: at once.
    this.doubts.add(inode, 0n, from, to);
    this.wake();
  }

  async run(sink: Sink, signal: AbortSignal): Promise<void> {
    this.sink = sink;
    this.state('ok');
    while (!signal.aborted) {
      const ripe = this.doubts.ripe(monotonic(), this.quiet, this.longest, AT_ONCE);
      this.isAsking = ripe.length > 0;
      if (ripe.length > 0) await this.round(ripe, signal);
      else await this.rest(signal);
      this.isAsking = false;
    }
    this.state('ended');
  }

  /** Until the next doubt is ripe, or somebody asks. */
  private async rest(signal: AbortSignal): Promise<void> {
    const next = this.doubts.nextAt(this.quiet, this.longest),
      waking = new AbortController();
    this.wake = () => {
      this.wake = () => undefined;
      waking.abort();
    };
    const ms = next === undefined ? 0x7fff_ffff : Math.max(1, Number((next - monotonic()) / MS));
    await sleep(ms, undefined, { signal: AbortSignal.any([signal, waking.signal]) }).catch(() => undefined);
  }

  private async round(ripe: readonly (readonly [number, Doubt])[], signal: AbortSignal): Promise<void> {
    const open: Asked[] = [];
    try {
      for (const [inode, { from, to }] of ripe) {
        const file = await this.options.open(inode);
        if (file) open.push({ file, inode, from, to });
      }
      this.asked += open.length;
      if (open.length === 0) return;
      const pages = await this.first.ask(open.map(({ file, from, to }) => ({ fd: file.fd, from, to })));
      for (const [i, page] of pages.entries()) await this.orRefused(open[i]!.inode, () => this.say(open[i]!, page));
      this.tell();
      for (const [i, page] of pages.entries())
        if (!(page instanceof Refused) && !page.isEnd && !signal.aborted)
          await this.orRefused(open[i]!.inode, () => this.goOn(open[i]!, page.to, signal));
    } finally {
      for (const { file } of open) file.close();
    }
  }

  private async orRefused(inode: number, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.options.refused?.(inode, error);
    }
  }

  private async goOn(asked: Asked, from: bigint, signal: AbortSignal): Promise<void> {
    for await (const page of mapPages(asked.file.fd, { from, to: asked.to })) {
      await this.say(asked, page);
      // The next page has been asked for by now, but not before this one was answered.
      this.tell(page.answered);
      if (signal.aborted) return;
    }
  }

  private async say({ file, inode }: Asked, page: MapPage | Refused): Promise<void> {
    if (page instanceof Refused) throw page;
    const { from, to, asked, extents } = page,
      { type } = file.filesystem,
      placing = await this.placings.of(file.fd, file.filesystem, extents),
      told = { inode, from, to, at: asked, extents, placing, delalloc: delallocSeen(type), ...this.following(inode, type, asked) };
    sayMap(this.rows, told, () => this.tell(asked));
  }

  /** On btrfs it is told of places, not of files, that others come to share them. */
  private following(inode: number, type: string, at: bigint): Pick<MapTold, 'followsSharing' | 'lies'> {
    if (type !== 'btrfs') return {};
    const { places, nameOf } = this.options,
      name = nameOf?.(inode);
    if (!places?.isFollowed || !name) return { followsSharing: false };
    return { lies: (it) => places.told({ ...name, ...it }, at) };
  }

  private state(state: SourceFacts['state']): void {
    saySource(this.rows, monotonic(), SourceId.fiemap, { name: this.name, state, why: '', help: '', folios: 'none' });
    this.tell();
  }

  private tell(until = monotonic()): void {
    this.sink(frameOf(this.rows, until, this.frames++));
  }
}
