import { closeSync, existsSync, openSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonic } from '@mapscope/native';
import type { FileState } from '@mapscope/shared/model';
import { createModel, layered, type Model, reduce } from '@mapscope/shared/model';
import { FolioState, type Frame, type Kind, MapType } from '@mapscope/shared/trace';
import { FiemapFlag } from '@mapscope/shared/wire';
import type { Filesystem } from '@mapscope/shared/derive';
import { deviceOf } from '../../../host/index.ts';
import { mapOf } from '../../fiemap/index.ts';
import { askOf } from '../../pagecache/ask.ts';
import { PageBit, survey } from '../../pagecache/survey.ts';
import type { Undo } from '../../testing/live.ts';
import { createTracefs } from '../index.ts';
import { volumeOf } from '../volume.ts';

const PAGE = 4096;

/** How the model and the kernel agree on one file, or on several. */
export interface Agreement {
  blocks: number;
  known: number;
  pages: number;
  knownPages: number;
  readonly wrong: string[];
}

export const noAgreement = (): Agreement => ({ blocks: 0, known: 0, pages: 0, knownPages: 0, wrong: [] });

/** A mounted filesystem whose tracepoints go through the source and the deriver into a model. Nothing is ever asked for the model. */
export class Traced {
  readonly model: Model = createModel();
  readonly frames: Frame[] = [];
  readonly numbers = new Map<bigint, number>();
  private readonly folder: string;
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>;
  private readonly blockSize: number;
  private until = 0n;
  private next = 0;

  private constructor(tracefs: { path: string }, filesystem: Filesystem, folder: string, node: string, blockSize: number) {
    this.folder = folder;
    this.blockSize = blockSize;
    const device = deviceOf(statSync(folder, { bigint: true }).dev),
      volume = volumeOf({ type: filesystem, device, path: folder, node }, 1);
    const source = createTracefs({
      tracefs,
      instance: `mapscope-test-${process.pid}-${Math.random().toString(36).slice(2, 8)}`,
      devices: [device],
      rules: filesystem,
      volume: (dev) => (dev === volume.dev ? volume : undefined),
      identify: (_, ino) => this.number(ino),
      // An inode number that is used again is another file's.
      hears: { born: (_, ino) => void this.numbers.delete(ino) },
      ownPids: new Set([process.pid]),
      bufferKb: 16_384,
    });
    this.running = source.run((frame) => this.take(frame), this.stopping.signal);
  }

  static async start(
    undo: Undo,
    tracefs: { path: string },
    filesystem: Filesystem,
    mount: { at: string; loop: string },
    blockSize: number,
  ): Promise<Traced> {
    removeDead(tracefs.path);
    const traced = new Traced(tracefs, filesystem, mount.at, mount.loop, blockSize);
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

  get lost(): bigint {
    return this.model.lost;
  }

  /** Compares a file with unsynced FIEMAP and cachestat. false: it changed meanwhile, five times. */
  async compare(path: string, to: Agreement): Promise<boolean> {
    for (let turn = 0; turn < 5; turn++) {
      await this.settled();
      const before = this.rowsOf(path),
        found = noAgreement();
      await this.look(path, found);
      await this.settled();
      if (this.rowsOf(path) !== before) continue;
      to.blocks += found.blocks;
      to.known += found.known;
      to.pages += found.pages;
      to.knownPages += found.knownPages;
      to.wrong.push(...found.wrong);
      return true;
    }
    return false;
  }

  private async look(path: string, to: Agreement): Promise<void> {
    const fd = openSync(path, 'r');
    try {
      const { size } = statSync(path);
      await compareMaps(this.fileOf(path), fd, size, this.blockSize, path, to);
      comparePages(this.fileOf(path), fd, size, path, to);
    } finally {
      closeSync(fd);
    }
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

async function compareMaps(
  file: FileState | undefined,
  fd: number,
  size: number,
  block: number,
  path: string,
  to: Agreement,
): Promise<void> {
  const { extents } = await mapOf(fd),
    n = Math.ceil(size / block),
    said = Array<string>(n).fill('hole'),
    claimed = Array<string | undefined>(n).fill(undefined);
  for (let i = 0; i < extents.count; i++) {
    const offset = Number(extents.offset[i]),
      end = offset + Number(extents.length[i]),
      flags = extents.flags[i]!;
    for (let k = offset / block; k < Math.min(n, end / block); k++)
      said[k] =
        (flags & FiemapFlag.DELALLOC) !== 0
          ? 'delalloc'
          : `${Number(extents.addr[i]) + k * block - offset}${(flags & FiemapFlag.UNWRITTEN) !== 0 ? ' unwritten' : ''}`;
  }
  for (const { from, to: end, type, addr } of file ? layered(file, BigInt(size)) : [])
    for (let k = Number(from) / block; k < Math.min(n, Number(end) / block); k++) {
      const place = Number(addr) + k * block - Number(from);
      if (type === MapType.HOLE) claimed[k] = 'hole';
      else if (type === MapType.DELALLOC) claimed[k] = 'delalloc';
      else if (type === MapType.MAPPED) claimed[k] = String(place);
      else if (type === MapType.UNWRITTEN) claimed[k] = `${place} unwritten`;
    }
  to.blocks += n;
  for (let k = 0; k < n; k++) {
    if (claimed[k] === undefined) continue;
    to.known++;
    if (claimed[k] !== said[k]) to.wrong.push(`${path} block ${k}: ${claimed[k]}, not ${said[k]}`);
  }
}

/** Of cachestat a page is dirty where its folio is. */
function comparePages(file: FileState | undefined, fd: number, size: number, path: string, to: Agreement): void {
  const n = Math.ceil(size / PAGE),
    { runs } = survey(askOf(fd, PAGE), 0, n, [], { left: 1 << 20 }),
    said = Array<number>(n).fill(0),
    claimed = Array<number | undefined>(n).fill(0);
  for (const run of runs) said.fill(run.state, run.from, run.to);
  for (const run of file?.folios.list() ?? []) {
    const from = Number(run.from / BigInt(PAGE)),
      end = Math.min(n, Math.ceil(Number(run.to) / PAGE));
    for (let page = from; page < end; page++) {
      const folio = 1 << (run.order & 31),
        first = run.order === 0xff ? page : page - (page % folio),
        last = run.order === 0xff ? page + 1 : Math.min(n, first + folio);
      const state =
        run.state === FolioState.dirty || run.state === FolioState.folioDirty
          ? PageBit.dirty
          : run.state === FolioState.writeback
            ? PageBit.writeback
            : 0;
      for (let k = state === 0 ? page : first; k < (state === 0 ? page + 1 : last); k++)
        claimed[k] =
          run.state === FolioState.unknown ? undefined : claimed[k] === undefined ? undefined : claimed[k]! | PageBit.present | state;
    }
  }
  to.pages += n;
  for (let k = 0; k < n; k++) {
    const claim = claimed[k];
    if (claim === undefined) continue;
    to.knownPages++;
    // The end of a writeback may not have been seen yet.
    const mask = (claim & PageBit.writeback) !== 0 ? PageBit.present : PageBit.present | PageBit.dirty;
    if ((claim & mask) !== (said[k]! & mask)) to.wrong.push(`${path} page ${k}: cache ${claim}, not ${said[k]}`);
  }
}
