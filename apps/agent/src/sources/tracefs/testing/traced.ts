import { closeSync, existsSync, openSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonic } from '@mapscope/native';
import type { FileState } from '@mapscope/shared/model';
import { createModel, type Model, reduce } from '@mapscope/shared/model';
import { kernelDev, sayDevice } from '@mapscope/shared/units';
import { type Frame, FrameBuilder, How, type Kind, NO_ADDR } from '@mapscope/shared/trace';
import {
  type ByteRange,
  claimsOf,
  comparableBytes,
  compareBlocks,
  compareCaches,
  compareMaps,
  compareSeek,
  dirtyFolios,
  type FileClaims,
  type MapClaim,
  noClaims,
  type PathOf,
  sharesOf,
  writtenSince,
} from '@mapscope/shared/verify';
import { delallocSeen, type Filesystem, sayMap, ToldPlaces } from '@mapscope/shared/derive';
import { FileIdentities } from '../../../host/index.ts';
import { compareWithDevice, dataOf, kernelClaims, looksIntoCache, tellsDirty, tellsBlocks, writeBack } from '../../verify/index.ts';
import type { Undo } from '../../testing/live.ts';
import { mapOf, Placings } from '../../fiemap/index.ts';
import { lookAtCache, sayCache } from '../../pagecache/index.ts';
import { frameOf } from '../../source.ts';
import { createTracefs, fsidOf } from '../index.ts';
import { volumeOf } from '../volume.ts';

const PAGE = 4096n;

/** How a model and the kernel agree on one file, or on several. */
export interface Agreement {
  /** Pages by how the model knows of them. */
  readonly map: Tally;
  readonly cache: Tally;
  /** What was compared of the blocks of dirty folios: bytes with those of the device, and files with what writeback wrote of them. */
  readonly blocks: { bytes: bigint; files: number };
  /** What the model claims and the kernel says otherwise, a sentence each. */
  readonly wrong: string[];
}
interface Tally {
  known: number;
  all: number;
}

export const noAgreement = (): Agreement => ({
  map: { known: 0, all: 0 },
  cache: { known: 0, all: 0 },
  blocks: { bytes: 0n, files: 0 },
  wrong: [],
});

/** What a model said of a file while nothing was told of it, and up to when that was so. */
export interface Said {
  readonly claims: FileClaims;
  /** CLOCK_MONOTONIC, nanoseconds. */
  readonly until: bigint;
}

export interface OpenFile {
  readonly path: string;
  readonly fd: number;
  /** The model's number of it. */
  readonly inode: number;
}

/** No file of the work is longer, bytes. */
const MOST_SIZE = 64n << 20n;

/** The trace buffer of each CPU, and how often it is read: what is small and read seldom loses events. */
interface BufferOptions {
  readonly bufferKb?: number;
  readonly pollMs?: number;
}

/** A mounted filesystem whose tracepoints go through the source and the deriver into a model. Nothing is ever asked for the model. */
export class Traced {
  readonly model: Model = createModel();
  readonly frames: Frame[] = [];
  readonly numbers = new Map<bigint, number>();
  private readonly places = new ToldPlaces();
  /** Threads of ours: FIEMAP is asked by those of libuv's pool, which come when they are wanted. */
  private readonly own = new Set([process.pid]);
  private readonly folder: string;
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>;
  private readonly block: bigint;
  private readonly pathOf: PathOf;
  private until = 0n;
  private next = 0;

  private constructor(
    tracefs: { path: string },
    filesystem: Filesystem,
    folder: string,
    node: string,
    blockSize: number,
    { bufferKb = 16_384, pollMs }: BufferOptions,
  ) {
    this.folder = folder;
    this.block = BigInt(blockSize);
    this.pathOf = () => node;
    const device = superblockOf(folder),
      volume = volumeOf({ type: filesystem, device, path: folder, node }, 1),
      fsid = fsidOf(node);
    const source = createTracefs({
      tracefs,
      instance: `mapscope-test-${process.pid}-${Math.random().toString(36).slice(2, 8)}`,
      devices: [device],
      rules: filesystem,
      volume: (dev) => (dev === volume.dev ? volume : undefined),
      volumeOfFsid: (id) => (id === fsid ? volume : undefined),
      identify: (_, ino) => this.number(ino),
      // An inode number that is used again is another file's.
      hears: { born: (_, ino) => void this.numbers.delete(ino) },
      places: this.places,
      ownPids: this.own,
      bufferKb,
      ...(pollMs !== undefined && { pollMs }),
    });
    this.running = source.run((frame) => this.take(frame), this.stopping.signal);
  }

  static async start(
    undo: Undo,
    tracefs: { path: string },
    filesystem: Filesystem,
    mount: { at: string; loop: string },
    blockSize: number,
    buffer: BufferOptions = {},
  ): Promise<Traced> {
    removeDead(tracefs.path);
    const traced = new Traced(tracefs, filesystem, mount.at, mount.loop, blockSize, buffer);
    undo.add(() => traced.stop());
    await traced.settled();
    return traced;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** Waits until all that happened before the call is in the model. */
  async settled(): Promise<void> {
    const now = monotonic(),
      deadline = performance.now() + 10_000;
    while (this.until <= now) {
      if (performance.now() > deadline) throw new Error('the trace does not come on');
      await sleep(5);
    }
  }

  fileOf(path: string): FileState | undefined {
    return this.model.files.find(this.numbers.get(statSync(path, { bigint: true }).ino) ?? -1);
  }

  /** What the model says of a file, as its inode has it now. */
  claimsOf(path: string): FileClaims {
    const { size } = statSync(path, { bigint: true }),
      file = this.fileOf(path);
    return file ? claimsOf(file, size, this.block, How.observed, this.pathOf) : noClaims(size, this.block);
  }

  get lost(): bigint {
    return this.model.lost;
  }

  /** Compares a file with unsynced FIEMAP, lseek and, unless the kernel has none, cachestat. undefined: it changed meanwhile, five times; else what the model said. */
  async compare(path: string, to: Agreement, hasCachestat = true, wanted?: readonly ByteRange[]): Promise<Said | undefined> {
    for (let turn = 0; turn < 5; turn++) {
      await this.settled();
      const before = this.rowsOf(path),
        found = noAgreement(),
        claims = await this.look(path, found, hasCachestat, wanted);
      await this.settled();
      if (this.rowsOf(path) !== before) continue;
      for (const part of ['map', 'cache'] as const) {
        to[part].known += found[part].known;
        to[part].all += found[part].all;
      }
      to.blocks.bytes += found.blocks.bytes;
      to.wrong.push(...found.wrong);
      return { claims, until: this.until };
    }
    return undefined;
  }

  /** Writes a file back of which the model said `before`, and compares what was written since, and then the file once more. false: as with `compare`. */
  async compareSynced(path: string, { claims, until }: Said, to: Agreement): Promise<boolean> {
    const fd = openSync(path, 'r');
    this.knowOwn();
    try {
      const { filesystem } = new FileIdentities().of(fd, path);
      await writeBack(fd, path, filesystem);
      await this.settled();
      const file = this.fileOf(path),
        // Reclaim for somebody else may have been first.
        written = file && tellsBlocks(filesystem.type) ? writtenSince(this.model, file.inode, until) : undefined;
      if (written) {
        to.blocks.files++;
        for (const { from, to: end, model, kernel } of compareBlocks(claims, { written, after: this.claimsOf(path) }, this.block))
          to.wrong.push(`${path} blocks [${from}, ${end}): ${model}, and ${kernel}`);
      }
    } finally {
      closeSync(fd);
    }
    return (await this.compare(path, to, true, dirtyFolios(claims, PAGE))) !== undefined;
  }

  /**
   * Compares the pages alone of a file that was opened when there was somebody to ask: a filesystem that has shut itself down opens none, and answers neither
   * FIEMAP nor stat, but cachestat asks the kernel's own cache. Of another file by now that has its inode number nothing is compared.
   */
  async comparePages({ fd, path, inode }: OpenFile, to: Agreement): Promise<void> {
    await this.settled();
    const file = this.model.files.find(inode),
      look = lookAtCache(fd, MOST_SIZE),
      rows = new FrameBuilder(),
      asked = createModel();
    if (!file || file.gone || typeof look === 'number') return;
    sayCache(rows, inode, look);
    if (rows.count > 0) reduce(asked, frameOf(rows, 0n));
    const of = (it: FileState | undefined): FileClaims =>
      it ? claimsOf(it, MOST_SIZE, this.block, How.observed, this.pathOf) : noClaims(MOST_SIZE, this.block);
    for (const { from, to: end, model, kernel } of compareCaches(of(file), of(asked.files.find(inode)), { page: PAGE, tellsDirty: true }))
      to.wrong.push(`${path} pages [${from / PAGE}, ${end / PAGE}) after the shutdown: ${model}, not ${kernel}`);
  }

  /** Opens a file for `comparePages`. */
  open(path: string): OpenFile {
    return { path, fd: openSync(path, 'r'), inode: this.number(statSync(path, { bigint: true }).ino) };
  }

  private async look(path: string, to: Agreement, cache: boolean, wanted?: readonly ByteRange[]): Promise<FileClaims> {
    const fd = openSync(path, 'r');
    this.knowOwn();
    try {
      const { filesystem } = new FileIdentities().of(fd, path),
        { type } = filesystem,
        kernel = await kernelClaims(fd, { filesystem, file: path, block: this.block, cache }),
        { size } = statSync(path, { bigint: true }),
        model = this.claimsOf(path),
        shares = sharesOf(model, PAGE);
      for (const part of ['map', 'cache'] as const) {
        const { events, asked, unknown } = shares[part];
        to[part].known += Number(events + asked);
        to[part].all += Number(events + asked + unknown);
      }
      for (const { from, to: end, model: said, kernel: is } of compareMaps(model, kernel).differences)
        to.wrong.push(`${path} [${from}, ${end}): ${sayClaim(said)}, not ${is ? sayClaim(is) : 'nothing'}`);
      if (!cache) return model;
      for (const { from, to: end, model: said, kernel: is } of compareCaches(model, kernel, { page: PAGE, tellsDirty: tellsDirty(type) }))
        to.wrong.push(`${path} pages [${from / PAGE}, ${end / PAGE}): ${said}, not ${is}`);
      const rules = { block: this.block, page: PAGE, looksIntoCache: looksIntoCache(type) };
      for (const { from, to: end, model: said, kernel: is } of compareSeek(model, await dataOf(fd, size, path), size, rules))
        to.wrong.push(`${path} [${from}, ${end}): a ${said}, where lseek finds ${is}`);
      const { compared, differences } = compareWithDevice(
        fd,
        comparableBytes(model, wanted ?? dirtyFolios(model, PAGE), size, { block: this.block, tellsBlocks: tellsBlocks(type) }),
        new Set([this.pathOf(1)]),
      );
      to.blocks.bytes += compared;
      for (const { from, to: end, addr } of differences)
        to.wrong.push(`${path} [${from}, ${end}): clean, and other bytes than at ${addr} of the device`);
      return model;
    } finally {
      closeSync(fd);
    }
  }

  /** Tells the model what FIEMAP says of a file now, as `watch` does when it begins. Nothing may be at work. */
  async seed(path: string): Promise<void> {
    await this.settled();
    const fd = openSync(path, 'r'),
      rows = new FrameBuilder();
    this.knowOwn();
    try {
      const at = monotonic(),
        { filesystem, ino, root } = new FileIdentities().of(fd, path),
        name = { dev: kernelDev(filesystem.device), ino, root },
        { extents, to } = await mapOf(fd),
        placing = await new Placings(() => 1).of(fd, filesystem, extents),
        inode = this.number(statSync(path, { bigint: true }).ino),
        tell = (): void => reduce(this.model, frameOf(rows, at));
      const told = { inode, from: 0n, to, at, extents, placing, delalloc: delallocSeen(filesystem.type) },
        followsSharing = filesystem.type !== 'btrfs' || this.places.isFollowed;
      sayMap(rows, { ...told, followsSharing, lies: (it) => this.places.told({ ...name, ...it }, at) }, tell);
      tell();
    } finally {
      closeSync(fd);
    }
  }

  /** Numbers of the files of which the model says where bytes of them are. */
  placed(): number[] {
    return [...this.model.files.all()].filter(({ data }) => data.list().some(({ addr }) => addr !== NO_ADDR)).map(({ inode }) => inode);
  }

  private knowOwn(): void {
    for (const tid of readdirSync('/proc/self/task')) this.own.add(Number(tid));
  }

  private rowsOf(path: string): number {
    return this.fileOf(path)?.version ?? 0;
  }

  private number(ino: bigint): number {
    let number = this.numbers.get(ino);
    if (number === undefined) this.numbers.set(ino, (number = ++this.next));
    return number;
  }

  private take(frame: Frame): void {
    this.frames.push(frame);
    reduce(this.model, frame);
    this.until = frame.until;
  }

  *rows(kind: Kind): Generator<[Frame, number]> {
    for (const frame of this.frames) for (let i = 0; i < frame.count; i++) if (frame.kind[i] === kind) yield [frame, i];
  }
}

/** The device that tracepoints name: on btrfs it is not that of stat(2). */
function superblockOf(folder: string): string {
  const fd = openSync(folder, 'r');
  try {
    return sayDevice(new FileIdentities().of(fd, folder).filesystem.device);
  } finally {
    closeSync(fd);
  }
}

/** What a killed test has left: an instance is named by the process that made it. */
function removeDead(tracefs: string): void {
  for (const name of readdirSync(join(tracefs, 'instances'))) {
    const pid = /^mapscope-test-(\d+)-/.exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    try {
      rmdirSync(join(tracefs, 'instances', name));
    } catch {
      // Another test was first, or somebody reads it.
    }
  }
}

const sayClaim = ({ type, addr, device, flags }: MapClaim): string => `${type} at ${addr} of ${device || 'nothing'} flags ${flags}`;
