import { open, type FileHandle, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createModel, firstOf, type Model, modelOfKeyframe, wholeLog } from '@mapscope/shared/model';
import { BlockCache, type ByteSource, openRecording, type Recording } from '@mapscope/shared/trace';
import { isFlaw, sayFlaw } from '@mapscope/shared/units';
import { errorCode, refused, sayError } from '../host/index.ts';
import type { History, Hub } from '../hub/index.ts';
import { bytesAt } from './bytes-at.ts';
import { inflateBlock } from './inflate-block.ts';

/** Frames that are due at once are given in portions, so that sockets are served in between. */
const PORTION = 64;

/** A recording, or the segments of a spool, opened; played once. */
export class Player implements History {
  private readonly recordings: readonly Recording[];
  private readonly files: readonly FileHandle[];
  /** The stream's clock at the beginning. */
  private start = 0n;

  private constructor(recordings: readonly Recording[], files: readonly FileHandle[]) {
    this.recordings = recordings;
    this.files = files;
  }

  /** Opens a recording, or a folder of segments. Later only the descriptors are used. Throws E_RECORDING. */
  static async open(path: string): Promise<Player> {
    const files: FileHandle[] = [],
      parts: Recording[] = [],
      cache = new BlockCache();
    try {
      for (const name of await segmentsOf(path)) {
        const file = await open(name);
        files.push(file);
        const part = await openRecording(await sourceOf(file), inflateBlock, cache);
        if (isFlaw(part))
          throw refused(
            'E_RECORDING',
            `${name} is no recording that this mapscope reads: ${sayFlaw(part)}`,
            'Give it a file that `mapscope record` has written',
          );
        parts.push(part);
      }
    } catch (error) {
      for (const file of files) await file.close();
      const code = errorCode(error);
      if (code === undefined) throw error;
      throw refused(
        'E_RECORDING',
        code === 'ENOENT' ? `there is no ${path}` : `${path} cannot be read: ${sayError(error)}`,
        'Give it a file that `mapscope record` has written',
        error,
      );
    }
    return new Player(parts, files);
  }

  get sources(): readonly string[] {
    return this.recordings[0]?.header.sources ?? [];
  }

  /** Any time of it can be looked at, played or not. */
  parts(): readonly Recording[] {
    return this.recordings;
  }

  settle(): Promise<void> {
    return Promise.resolve();
  }

  /** What was so when the recording began. */
  async firstModel(): Promise<Model> {
    const { k } = firstOf(this.recordings),
      [first] = this.recordings;
    const model = k < 0 ? undefined : await modelOfKeyframe(first!, k);
    this.start = model?.until ?? first?.span?.from ?? 0n;
    return model ?? createModel();
  }

  /** Gives the hub every frame at its time, `speed` times as fast as it was; resolves behind the last, or when `signal` aborts. */
  async play(hub: Hub, speed: number, signal: AbortSignal): Promise<void> {
    const begun = performance.now();
    hub.saySource({ name: 'recording', state: 'ok', why: '', help: '' });
    let given = 0;
    for await (const frame of wholeLog(this.recordings)) {
      const waitMs = Number(frame.until - this.start) / 1e6 / speed - (performance.now() - begun);
      if (waitMs > 1 || ++given % PORTION === 0) await sleep(Math.max(0, waitMs), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      hub.deliver(frame);
    }
    hub.saySource({ name: 'recording', state: 'ended', why: 'the recording is over', help: '' });
  }

  async close(): Promise<void> {
    for (const file of this.files) await file.close();
  }
}

async function segmentsOf(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => /^\d{6}\.mapscope$/.test(name)).sort();
  if (names.length === 0)
    throw refused(
      'E_RECORDING',
      `${path} has no recording in it`,
      'Give it a file that `mapscope record` has written, or the folder of a spool',
    );
  return names.map((name) => join(path, name));
}

async function sourceOf(file: FileHandle): Promise<ByteSource> {
  const { size } = await file.stat();
  return { size, read: (at, length) => bytesAt(file, at, Math.min(length, size - at)) };
}
