import type { Model } from '@mapscope/shared/model';
import type { BufferView, SourceView } from './look.ts';
import type { FileWindow } from './window.ts';

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const states = ['ok', 'unavailable', 'ended'] as const;
const folioWays = ['tracepoints', 'cachestat', 'none'] as const;

/** What a `source` row says. The text is the agent's, so it is read with care: what is not there is ''. */
export function sourceView(source: number, json: string): SourceView {
  let said: Record<string, unknown> = {};
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null) said = value as Record<string, unknown>;
  } catch {
    said = { name: json };
  }
  return {
    source,
    name: text(said['name']) || `source ${source}`,
    state: states.find((state) => state === said['state']) ?? 'ok',
    why: text(said['why']),
    help: text(said['help']),
    folios: folioWays.find((way) => way === said['folios']) ?? 'none',
    recording: text(said['recording']),
    buffer: bufferView(said['buffer']),
  };
}

function bufferView(said: unknown): BufferView | undefined {
  if (typeof said !== 'object' || said === null) return undefined;
  const { bytes, fill, most } = said as Record<string, unknown>,
    isCount = (value: unknown): value is number => typeof value === 'number' && value >= 0;
  return isCount(bytes) && isCount(fill) && isCount(most) ? { bytes, fill, most } : undefined;
}

export const sourceViews = (model: Model): SourceView[] =>
  [...model.sources.values()].map(({ source, text }) => sourceView(source, text)).sort((a, b) => a.source - b.source);

/** The best way in which any source tells of the page cache; where none does any more, the best in which one did. */
export function foliosFrom(model: Model): Pick<FileWindow, 'foliosFrom' | 'foliosAreOver'> {
  const views = sourceViews(model),
    best = (wanted: SourceView['state']): FileWindow['foliosFrom'] =>
      folioWays.find((way) => views.some(({ state, folios }) => state === wanted && folios === way)) ?? 'none';
  const now = best('ok'),
    before = best('ended'),
    foliosAreOver = now === 'none' && before !== 'none';
  return { foliosFrom: foliosAreOver ? before : now, foliosAreOver };
}

/** Where the clock on screen begins: the first thing that anybody said of this stream, the same for every client. */
export function originOf(model: Model): bigint {
  let origin: bigint | undefined;
  for (const { since } of [...model.devices.values(), ...model.sources.values()])
    if (since > 0n && (origin === undefined || since < origin)) origin = since;
  return origin ?? model.until;
}
