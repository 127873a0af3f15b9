import { open, type FileHandle, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import { createModel, type Model, modelOfKeyframe, snapshot } from '@mapscope/shared/model';
import {
  BlockCache,
  type BlockEntry,
  BlockType,
  type ByteSource,
  decodeFrame,
  type Frame,
  Kind,
  openRecording,
  type Recording,
  SourceId,
} from '@mapscope/shared/trace';
import { isFlaw, sayFlaw } from '@mapscope/shared/units';
import { errorCode, refused, sayError } from '../host/index.ts';
import type { Hub } from '../hub/index.ts';

const inflate = promisify(inflateRaw);
/** Frames that are due at once are given in portions, so that sockets are served in between. */
const PORTION = 64;

/** A recording, or the segments of a spool, opened; played once. */
export class Player {
  private readonly parts: readonly Recording[];
  private readonly files: readonly FileHandle[];
  /** The stream's clock at the beginning. */
  private start = 0n;

  private constructor(parts: readonly Recording[], files: readonly FileHandle[]) {
    this.parts = parts;
    this.files = files;
  }

  /** Opens a recording, or a folder of segments. Later only the descriptors are used. Throws E_RECORDING. */
  static async open(path: string): Promise<Player> {
    const files: FileHandle[] = [],
      parts: Recording[] = [],
      // Each block is played once: what is kept is for who looks back at the same time.
      cache = new BlockCache();
    try {
      for (const name of await segmentsOf(path)) {
        const file = await open(name);
        files.push(file);
        const part = await openRecording(
          await bytesOf(file),
          (bytes, length) => inflate(bytes, { maxOutputLength: Math.max(1, length) }),
          cache,
        );
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
    return this.parts[0]?.header.sources ?? [];
  }

  /** What was so when the recording began. */
  async firstModel(): Promise<Model> {
    const [first] = this.parts,
      k = first ? first.entries.findIndex(isKeyframe) : -1,
      log = first?.entries.findIndex(isLog) ?? -1;
    const isBefore = k >= 0 && (log < 0 || k < log);
    const model = (isBefore && (await modelOfKeyframe(first!, k))) || createModel();
    this.start = isBefore ? model.until : (first?.entries[log]?.first ?? 0n);
    return model;
  }

  /** Gives the hub every frame at its time, `speed` times as fast as it was; resolves behind the last, or when `signal` aborts. */
  async play(hub: Hub, speed: number, signal: AbortSignal): Promise<void> {
    const begun = performance.now();
    hub.saySource({ name: 'recording', state: 'ok', why: '', help: '' });
    let given = 0;
    for await (const frame of this.frames()) {
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

  /** The log; where the recorder had left frames out, the keyframe behind it. */
  private async *frames(): AsyncGenerator<Frame> {
    for (const part of this.parts) {
      let isBroken = false;
      for (const [k, entry] of part.entries.entries()) {
        if (isLog(entry))
          for (const frame of (await part.content(entry)).frames) {
            isBroken ||= hasGap(frame);
            yield frame;
          }
        else if (isBroken && isKeyframe(entry)) {
          const model = await modelOfKeyframe(part, k);
          if (!model) continue;
          for (const bytes of snapshot(model, { isAnswer: false })) yield decodeFrame(bytes) as Frame;
          isBroken = false;
        }
      }
    }
  }
}

const isLog = ({ type }: BlockEntry): boolean => type === BlockType.events;
const isKeyframe = ({ type, continues }: BlockEntry): boolean => type === BlockType.keyframe && !continues;

/** The recorder, or the reader of a damaged block, says so. */
function hasGap(frame: Frame): boolean {
  for (let i = 0; i < frame.count; i++) if (frame.kind[i] === Kind.lost && frame.source[i] === SourceId.hub) return true;
  return false;
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

async function bytesOf(file: FileHandle): Promise<ByteSource> {
  const { size } = await file.stat();
  return {
    size,
    read: async (at, length) => {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - at)));
      let done = 0;
      while (done < bytes.length) {
        const { bytesRead } = await file.read(bytes, done, bytes.length - done, at + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return bytes.subarray(0, done);
    },
  };
}
