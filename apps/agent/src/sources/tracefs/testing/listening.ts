import { join } from 'node:path';
import { type FolioState, type Frame, heapOf, Kind } from '@mapscope/shared/trace';
import { utf8Text } from '@mapscope/shared/units';
import type { Tracefs } from '../../../host/index.ts';
import type { TracefsOptions } from '../run.ts';
import { createTracefs } from '../tracefs.ts';

/** A running source and what it has told. */
export class Listening {
  readonly frames: Frame[] = [];
  readonly name = `mapscope-test-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
  readonly path: string;
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>;

  constructor(tracefs: Tracefs, options: Pick<TracefsOptions, 'devices' | 'identify'> & Partial<TracefsOptions>) {
    const source = createTracefs({ tracefs, instance: this.name, rules: 'fuse', ...options });
    this.path = join(tracefs.path ?? '', 'instances', options.instance ?? this.name);
    this.running = source.run((frame) => void this.frames.push(frame), this.stopping.signal);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }
  ended(): Promise<void> {
    return this.running;
  }

  *rows(kind: Kind): Generator<[Frame, number]> {
    for (const frame of this.frames) for (let i = 0; i < frame.count; i++) if (frame.kind[i] === kind) yield [frame, i];
  }
  /** Bytes told to be in this state, however often. */
  bytes(state: FolioState): number {
    let n = 0;
    for (const [f, i] of this.rows(Kind.folio)) if (f.type[i] === state) n += Number(f.length[i]!);
    return n;
  }
  states(): { state: string; why: string }[] {
    return [...this.rows(Kind.source)].map(([f, i]) => JSON.parse(utf8Text(heapOf(f, i))) as { state: string; why: string });
  }
}
