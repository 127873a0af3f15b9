import { setImmediate as turn } from 'node:timers/promises';
import { deflateRawSync } from 'node:zlib';
import { createDeriver, type Deriver, traced } from '@mapscope/shared/derive';
import { createModel, KeyframeRecorder, type Model, reduce } from '@mapscope/shared/model';
import { FrameBuilder, NO_CPU, type RecordingHeader, RecordingWriter, SourceId } from '@mapscope/shared/trace';
import { type Flaw, sayFlaw } from '@mapscope/shared/units';
import { frameOf, saySource } from '../source.ts';
import { Identities } from './identities.ts';
import { type Looked, look } from './look.ts';
import { Lost } from './lost.ts';
import type { Trace } from './trace.ts';

export interface RecordOptions {
  readonly trace: Trace;
  /** Of mapscope. */
  readonly version: string;
  readonly commandLine: readonly string[];
  /** Appends to the recording. */
  readonly write: (bytes: Uint8Array) => void;
  readonly signal: AbortSignal;
  /** A trace of so many records on has keyframes, each after so many rows of the log. */
  readonly keyframes?: { readonly from: number; readonly afterRows?: number };
}

/** What became of a trace. */
export interface Recorded {
  readonly records: number;
  readonly rows: number;
  readonly files: number;
  readonly lost: Lost;
  readonly flaws: readonly Flaw[];
}

/** Rows after which a frame is cut. */
const FRAME_ROWS = 8192;
/**
 * A shorter trace goes without keyframes: who seeks in it reduces its log, half a second at most, and a model that keeps up costs that much for each
 * million events, a third of all the rest.
 */
const KEYFRAMES_FROM = 1 << 20;
/** Pages between two looks at whether somebody wants us to stop. */
const TURN = 64;
const facts = { name: 'import', folios: 'tracepoints', help: '' } as const;

/** Writes a recording of a trace: its records through the same rules as a live trace. Resolves early when `signal` aborts. */
export async function recordTrace(options: RecordOptions): Promise<Recorded> {
  const looked = await look(options.trace, options.signal),
    recording = new Recording(options, looked);
  await recording.take(options.signal);
  return recording.end();
}

class Recording {
  private readonly trace: Trace;
  private readonly write: (bytes: Uint8Array) => void;
  private readonly looked: Looked;
  private readonly rows = new FrameBuilder();
  private readonly writer: RecordingWriter;
  private readonly identities: Identities;
  private readonly deriver: Deriver;
  private readonly lost = new Lost();
  /** What a keyframe tells; undefined where none is made. */
  private readonly model: Model | undefined;
  private readonly keyframes: KeyframeRecorder;
  private told = 0;
  private until = 0n;
  private frames = 0;

  constructor(options: RecordOptions, looked: Looked) {
    const { trace, version, commandLine, write, keyframes = { from: KEYFRAMES_FROM } } = options;
    this.trace = trace;
    this.write = write;
    this.looked = looked;
    this.until = looked.first;
    this.writer = new RecordingWriter({
      header: headerOf(trace, looked, version, commandLine),
      ...(keyframes.afterRows !== undefined && { keyframeAfterRows: keyframes.afterRows }),
      deflate: (bytes) => deflateRawSync(bytes, { level: 1, memLevel: 9 }),
    });
    this.keyframes = new KeyframeRecorder(this.writer);
    if (looked.records >= keyframes.from) this.model = createModel();
    const full = (): void => this.cut();
    this.identities = new Identities(this.rows, full, () => this.deriver.now);
    const { filesystems, volume } = traced(looked.formats, looked.owners);
    this.deriver = createDeriver({
      rules: filesystems,
      volume: (dev) => volume(dev, () => this.identities.deviceOf(dev)),
      // Nobody compares it with what was asked meanwhile.
      takesReports: true,
      formats: looked.formats,
      out: this.rows,
      full,
      identify: this.identities.identify,
      hears: this.identities,
      pageSize: trace.pageSize,
      source: SourceId.import,
    });
    write(this.writer.start());
  }

  async take(signal: AbortSignal): Promise<void> {
    saySource(this.rows, this.until, SourceId.import, { ...facts, state: 'ok', why: '' });
    const { deriver, lost } = this;
    const pass = this.trace.read({
      // A million times: nothing stands between.
      record: deriver.record,
      lost(cpu, n, from, to) {
        lost.told(n);
        deriver.lost(cpu, n, from, to);
      },
    });
    for (let n = 1; pass.step() && !signal.aborted; n++) {
      this.until = pass.until;
      if (this.rows.count >= FRAME_ROWS) {
        deriver.flush(this.until);
        this.cut();
      }
      if (n % TURN === 0) await turn();
    }
  }

  end(): Recorded {
    const { trace, lost, until } = this,
      rest = lost.rest(trace.kernelCount),
      [flaw] = trace.flaws;
    // Nothing says where: it may have been anything, anywhere.
    if (rest > 0n) this.deriver.lost(NO_CPU, rest, this.looked.first, until);
    this.until = until + 1n;
    this.deriver.flush(this.until);
    saySource(this.rows, this.until, SourceId.import, {
      ...facts,
      state: 'ended',
      why: flaw ? `the trace is damaged: ${sayFlaw(flaw)}` : '',
    });
    this.cut();
    this.write(this.writer.end());
    return { records: this.looked.records, rows: this.told, files: this.identities.count, lost, flaws: trace.flaws };
  }

  /** What was collected, as a frame. */
  private cut(): void {
    const frame = frameOf(this.rows, this.until, this.frames++);
    this.told += frame.count;
    this.write(this.writer.frame(frame));
    if (!this.model) return;
    reduce(this.model, frame);
    if (this.writer.wantsKeyframe) this.write(this.keyframes.keyframe(this.model));
  }
}

/** `Linux vm 6.18.44 x86_64`: system, host, release, machine. */
function headerOf(trace: Trace, { first }: Looked, version: string, commandLine: readonly string[]): RecordingHeader {
  const [, host = '', release = ''] = trace.kernel.split(' ');
  return {
    mapscope: version,
    host,
    kernel: release,
    pageSize: trace.pageSize,
    sources: ['import'],
    clock: trace.clock === '' ? 'unknown' : trace.clock,
    commandLine,
    // A trace does not say when it was made.
    startedAt: '',
    startedAtTime: String(first),
    ...namesOf(trace),
  };
}

/** Names of the programs, by pid: an unknown key to older readers. */
const namesOf = ({ commands }: Trace): object => ({ commands: Object.fromEntries([...commands].slice(0, MOST_NAMES)) });
const MOST_NAMES = 10_000;
