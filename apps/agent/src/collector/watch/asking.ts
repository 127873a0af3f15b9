import { setTimeout as sleep } from 'node:timers/promises';
import { type Frame, FrameBuilder, Kind, MapLayer, MapType, SourceId } from '@mapscope/shared/trace';
import { MapFlag } from '@mapscope/shared/wire';
import { type FileName, ToldPlaces } from '@mapscope/shared/derive';
import type { Logger } from '../../host/log.ts';
import { createFiemap, type Fiemap } from '../../sources/fiemap/index.ts';
import { frameOf, hasLost } from '../../sources/source.ts';
import type { Found } from '../../sources/tracefs/index.ts';
import type { Stream } from '../inlet.ts';
import type { Merge } from '../merge.ts';
import { CacheLooks } from './cache-looks.ts';
import type { WatchedFiles } from './files.ts';
import type { Finder } from './finder.ts';
import { NONE, PATIENCE } from './patience.ts';
import type { Volumes } from './volumes.ts';

export interface AskingOptions {
  readonly merge: Merge;
  readonly files: WatchedFiles;
  readonly volumes: Volumes;
  readonly finder: Pick<Finder, 'open'>;
  /** Whether it is asked again when events leave something unknown. */
  readonly refreshes: boolean;
  readonly hasRoom: () => boolean;
  readonly log: Logger;
}

/** Ranges that wait for a place or are shared, kept for the deriver. */
const MOST_FOUND = 65_536;
const POLL_MS = 5;

/** What the kernel is asked of watched files: their maps by FIEMAP, their pages by cachestat. */
export class Asking {
  /** What waited for a place when it was asked for, or was shared, for the deriver. */
  readonly found: Found[] = [];
  /** Where files of btrfs lie, for the deriver. */
  readonly places = new ToldPlaces();
  private readonly options: AskingOptions;
  private readonly stream: Stream;
  private readonly fiemap: Fiemap;
  private readonly looks: CacheLooks;
  /** Moves the clock while nothing is asked. */
  private readonly beat = new FrameBuilder(1);

  constructor(options: AskingOptions) {
    const { merge, files, volumes, finder, hasRoom, log } = (this.options = options);
    this.stream = merge.open(SourceId.fiemap, PATIENCE);
    this.fiemap = createFiemap({
      open: (inode) => finder.open(inode),
      deviceNumber: volumes.deviceNumber,
      places: this.places,
      nameOf: (inode) => this.nameOf(inode),
      refused: (inode, why) => log.warn({ file: String(files.find(inode)?.path), ...why.problem }, 'a file tells no map'),
    });
    this.looks = new CacheLooks({
      open: (inode) => finder.open(inode),
      stream: merge.open(SourceId.pagecache, NONE),
      hasRoom,
      seesWriteback: (inode) => ['xfs', 'ext4'].includes(files.find(inode)?.volume.traced.filesystem ?? ''),
    });
  }

  run(signal: AbortSignal): Promise<void> {
    return this.fiemap.run((frame) => this.takeMap(frame), signal);
  }

  ask(inode: number): void {
    this.fiemap.ask(inode);
    this.looks.ask(inode);
  }

  askAll(): void {
    for (const { inode } of this.options.files.all()) this.ask(inode);
  }

  /** What others told: what became unknown by it is asked for. */
  heard(frame: Frame): void {
    const isLossy = hasLost(frame);
    if (isLossy) this.options.files.lostSight();
    if (!this.options.refreshes) return;
    this.fiemap.heard(frame);
    this.looks.heard(frame);
    if (isLossy) this.askAll();
  }

  /** Waits until everything is answered, `ms` at most. */
  async settled(ms: number, signal: AbortSignal): Promise<void> {
    for (const end = performance.now() + ms; performance.now() < end && !signal.aborted; await sleep(POLL_MS))
      if (this.fiemap.isIdle && this.looks.isIdle) return;
  }

  /** Begins what is due, and sends what was answered. */
  tick(now: bigint): void {
    this.looks.tick(now);
    this.looks.flush();
    // What is asked for from now on bears a later time.
    if (!this.fiemap.isAsking) this.stream.take(frameOf(this.beat, now));
  }

  async end(): Promise<void> {
    await this.looks.end();
    this.looks.flush();
    this.options.log.info({ fiemap: this.fiemap.asked, looks: this.looks.count }, 'nothing is asked any more');
  }

  private takeMap(frame: Frame): void {
    this.stream.take(frame);
    for (let i = 0; i < frame.count; i++) {
      if (frame.kind[i] !== Kind.extent) continue;
      if (frame.role[i] === MapLayer.pending && frame.type[i] === MapType.DELALLOC) this.note(frame, i);
      if (frame.role[i] === MapLayer.data && (frame.flags[i]! & MapFlag.SHARED) !== 0) this.note(frame, i, frame.addr[i]!);
    }
    // Nobody takes them while nothing is traced; when it is traced anew they are let go, and asked for again.
    if (this.found.length > MOST_FOUND) this.found.splice(0, this.found.length - MOST_FOUND);
  }

  private note({ inode, time, offset, length }: Frame, i: number, addr?: bigint): void {
    const name = this.nameOf(inode[i]!),
      from = offset[i]!;
    if (name) this.found.push({ ...name, at: time[i]!, from, to: from + length[i]!, ...(addr !== undefined && { addr }) });
  }

  private nameOf(inode: number): FileName | undefined {
    const file = this.options.files.find(inode);
    return file && { dev: file.volume.traced.dev, ino: file.ino, root: file.root };
  }
}
