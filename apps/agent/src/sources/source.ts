import { decodeFrame, type Frame, type FrameBuilder, Kind, type SourceId } from '@mapscope/shared/trace';
import { isFlaw, sayFlaw, utf8 } from '@mapscope/shared/units';

/** Yes, or exactly why not and what would help. */
export type Probe = { readonly ok: true } | { readonly ok: false; readonly why: string; readonly remedy: string };

export type Sink = (frame: Frame) => void;

export interface Source {
  readonly name: string;
  /** Looks, changes nothing, returns soon. */
  probe(): Promise<Probe>;
  /** Gives `sink` whole frames until `signal` aborts or the input ends; resolves after its last frame, and then nothing of it is left. */
  run(sink: Sink, signal: AbortSignal): Promise<void>;
}

/** What a `source` row says (docs/architecture.md): the header and the empty state show it. */
export interface SourceFacts {
  readonly name: string;
  readonly state: 'ok' | 'unavailable' | 'ended';
  readonly why: string;
  readonly help: string;
  /** Where folio state comes from. */
  readonly folios: 'tracepoints' | 'cachestat' | 'none';
  readonly buffer?: BufferFacts;
}

/** The ring buffer that a source reads: what it does not hold is lost. */
export interface BufferFacts {
  /** Of each CPU. */
  readonly bytes: number;
  /** How full that of the fullest CPU was when it was last read, and at most so far; percent. */
  readonly fill: number;
  readonly most: number;
}

export function saySource(rows: FrameBuilder, at: bigint, source: SourceId, facts: SourceFacts): void {
  rows.source[rows.row(Kind.source, at)] = source;
  rows.bytes(utf8(JSON.stringify(facts)));
}

/** Somebody lost rows before this frame. */
export function hasLost(frame: Frame): boolean {
  for (let i = 0; i < frame.count; i++) if (frame.kind[i] === Kind.lost) return true;
  return false;
}

/** What was collected, as the frame that a sink takes. */
export function frameOf(rows: FrameBuilder, until: bigint, sequence = 0): Frame {
  const frame = decodeFrame(rows.take(until, { sequence }));
  if (isFlaw(frame)) throw new Error(`a frame of our own: ${sayFlaw(frame)}`);
  return frame;
}
