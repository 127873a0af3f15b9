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
}

export function saySource(rows: FrameBuilder, at: bigint, source: SourceId, facts: SourceFacts): void {
  rows.source[rows.row(Kind.source, at)] = source;
  rows.bytes(utf8(JSON.stringify(facts)));
}

/** What was collected, as the frame that a sink takes. */
export function frameOf(rows: FrameBuilder, until: bigint, sequence = 0): Frame {
  const frame = decodeFrame(rows.take(until, { sequence }));
  if (isFlaw(frame)) throw new Error(`a frame of our own: ${sayFlaw(frame)}`);
  return frame;
}
