import type { Model } from '@mapscope/shared/model';
import {
  BlockCache,
  type BlockEntry,
  type Frame,
  type Inflate,
  type Recording,
  RECORDING_VERSION,
  recordingOver,
} from '@mapscope/shared/trace';
import type { History } from './history.ts';
import { type Appended, Recorder, type RecorderOptions } from './recorder.ts';

/** A file of the spool, being written. */
export interface Segment {
  /** Rejects with what the system says: a full disk is an ordinary thing. */
  append(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Where the spool is kept. */
export interface SpoolFolder {
  create(name: string): Promise<Segment>;
  /** At most `length` bytes; fewer at the end. Rejects when it has been removed. */
  read(name: string, at: number, length: number): Promise<Uint8Array>;
  remove(name: string): Promise<void>;
}

export interface SpoolOptions {
  readonly model: Model;
  readonly folder: SpoolFolder;
  /** Of all segments together; the oldest go first. */
  readonly maxBytes: number;
  /** Bytes that may wait for the disk, before frames are left out. */
  readonly maxWaiting?: number;
  /** For each segment anew: it names when it began. */
  readonly recording: () => RecorderOptions;
  /** Undo of its `deflate`, to look back. */
  readonly inflate?: Inflate;
  /** It ended, because of this. */
  readonly stopped: (why: unknown) => void;
}

export type SpoolState = 'recording' | 'stopped' | 'ended';

/** A segment in the folder, or on the way there. */
interface Kept {
  readonly name: string;
  readonly recorder: Recorder;
  bytes: number;
  /** Of these the folder has so many for sure, and these blocks are there. */
  written: number;
  readonly entries: BlockEntry[];
}

/** The cap holds so many segments: losing the oldest loses this part of the past. */
const SEGMENTS = 8;
/** Decoded blocks that are kept for those who look back. */
const CACHE_BYTES = 16 << 20;

/**
 * The recording that a running agent keeps: segments, each a recording of its own that begins with the state of everything. Writes one
 * thing at a time, in order. When the disk fails it stops for good and says why; whoever feeds it goes on.
 *
 *   000001.mapscope [header keyframe blocks…index]  000002.mapscope [header keyframe blocks…]     oldest removed past the cap
 */
export class Spool implements History {
  state: SpoolState = 'recording';
  private readonly options: Required<Omit<SpoolOptions, 'inflate'>> & Pick<SpoolOptions, 'inflate'>;
  private readonly kept: Kept[] = [];
  private readonly cache = new BlockCache(CACHE_BYTES);
  /** The one that is open in the folder: not always the newest, of which nothing may be packed yet. */
  private open: Kept | undefined;
  private segment: Segment | undefined;
  private recorder: Recorder | undefined;
  /** A segment is not ended before it has so many bytes. */
  private least = Infinity;
  private made = 0;
  /** Bytes that are packed and not yet in the folder. */
  private waiting = 0;
  private work: Promise<void> = Promise.resolve();

  constructor(options: SpoolOptions) {
    this.options = { maxWaiting: 16 << 20, ...options };
    this.begin();
  }

  /** In the folder, and on the way there. */
  get bytes(): number {
    return this.kept.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** The next frame; the model has it already. */
  frame(frame: Frame): void {
    const { recorder } = this;
    if (this.state !== 'recording' || !recorder) return;
    if (this.isBehind(recorder)) return recorder.leaveOut(frame);
    this.append(recorder.frame(frame));
    if (recorder.expected >= this.least) {
      this.close();
      this.begin();
    }
  }

  /** Writes what waits for a frame that says something. */
  flush(): void {
    if (this.state === 'recording' && this.recorder && !this.isBehind(this.recorder)) this.append(this.recorder.flush());
  }

  /** Resolves when everything that has been given is in the folder. */
  settle(): Promise<void> {
    this.flush();
    return this.work;
  }

  /** The segments as recordings, oldest first, as far as the folder has them. A read of one rejects when newer ones have pushed it out. */
  parts(): readonly Recording[] {
    const { folder, inflate } = this.options;
    return this.kept.map(({ name, recorder: { header }, entries, written }) =>
      recordingOver(
        { size: written, read: (at, length) => folder.read(name, at, length) },
        {
          version: RECORDING_VERSION,
          header,
          entries: [...entries],
          isWhole: false,
          flaws: [],
        },
        inflate,
        this.cache,
      ),
    );
  }

  /** Resolves when everything is in the folder, the last segment whole. */
  async end(): Promise<void> {
    if (this.state === 'recording') {
      this.close();
      this.state = 'ended';
    }
    await this.work;
  }

  private begin(): void {
    const { model, folder, recording, maxBytes } = this.options,
      name = `${String(++this.made).padStart(6, '0')}.mapscope`;
    this.recorder = new Recorder(model, recording());
    const kept: Kept = { name, recorder: this.recorder, bytes: 0, written: 0, entries: [] };
    this.kept.push(kept);
    this.next(async () => {
      this.open = kept;
      this.segment = await folder.create(name);
    });
    const first = this.recorder.begin();
    this.append(first);
    // A large state would fill a small segment alone: the log behind it must be worth it.
    const least = (size: number): number => Math.max(maxBytes / SEGMENTS, size * 2);
    this.least = least(kept.recorder.expected);
    void first.then(({ bytes: { length } }) => {
      if (this.recorder === kept.recorder) this.least = least(length);
    });
  }

  private close(): void {
    this.append(this.recorder!.end());
    this.next(async () => {
      await this.segment?.close();
      this.segment = undefined;
    });
  }

  private isBehind({ packing }: Recorder): boolean {
    return this.waiting + packing > this.options.maxWaiting;
  }

  /** Bytes of the newest segment, when they are packed. */
  private append(appended: Promise<Appended>): void {
    const segment = this.kept.at(-1)!;
    const packed = appended.then((it) => {
      segment.bytes += it.bytes.length;
      this.waiting += it.bytes.length;
      return it;
    });
    this.next(async () => {
      const { bytes, entries } = await packed;
      if (bytes.length === 0) return;
      await this.makeRoom();
      await this.segment!.append(bytes);
      segment.written += bytes.length;
      for (const { entry, isJoined } of entries) segment.entries[segment.entries.length - (isJoined ? 1 : 0)] = entry;
      this.waiting -= bytes.length;
    });
  }

  /** The oldest first, never the one being written. */
  private async makeRoom(): Promise<void> {
    while (this.bytes > this.options.maxBytes && this.kept[0] !== this.open) await this.options.folder.remove(this.kept.shift()!.name);
  }

  private next(step: () => Promise<void>): void {
    this.work = this.work.then(() => (this.state === 'stopped' ? undefined : step())).catch((error: unknown) => this.stop(error));
  }

  private async stop(why: unknown): Promise<void> {
    this.state = 'stopped';
    this.recorder = undefined;
    const { segment } = this;
    this.segment = undefined;
    await segment?.close().catch(() => undefined);
    this.options.stopped(why);
  }
}
