import { sayFlaw } from '@mapscope/shared/units';
import { factsOf, type RecordingFacts, Recordings } from '../../recordings/index.ts';
import { grid } from '../grid.ts';
import type { Run } from '../program.ts';
import type { Voice } from '../voice.ts';

/** Flaws that are said to people; a damaged file may have a thousand. */
const MOST_SAID = 5;

export const stat: Run<object> = async ({ voice, words }) => {
  const path = words[0]!,
    recordings = await Recordings.open(path);
  try {
    const facts = await factsOf(recordings);
    voice.tell(jsonOf(path, facts));
    for (const line of linesOf(path, facts, voice)) voice.say(line);
  } finally {
    await recordings.close();
  }
  return 0;
};

const durationOf = ({ span }: RecordingFacts): bigint => (span ? span.until - span.from : 0n);
const perEvent = ({ bytes, rows }: RecordingFacts): number | null => (rows === 0 ? null : Math.round((bytes / rows) * 100) / 100);

function jsonOf(path: string, facts: RecordingFacts): object {
  const { version, header, span, segments, isEnded, bytes, rows, kinds, inodes, devices, lost, late, flaws, unread } = facts,
    { mapscope, host, kernel, pageSize, sources, clock, commandLine, startedAt, startedAtTime } = header;
  return {
    recording: path,
    version,
    mapscope,
    host,
    kernel,
    pageSize,
    sources,
    clock,
    commandLine,
    startedAt,
    startedAtTime,
    from: span ? String(span.from) : null,
    until: span ? String(span.until) : null,
    duration: String(durationOf(facts)),
    segments,
    ended: isEnded,
    bytes,
    events: rows,
    bytesPerEvent: perEvent(facts),
    rows: kinds,
    inodes,
    devices: devices.map(({ device, path: name, size }) => ({ device, path: name, size: String(size) })),
    lost: String(lost),
    late: String(late),
    flaws: flaws.map(({ file, code, at, field, found, allowed }) => ({ file, code, at, field, found, allowed })),
    unread: unread.map(({ name, why }) => ({ file: name, code: why.code })),
  };
}

function linesOf(path: string, facts: RecordingFacts, voice: Voice): readonly string[] {
  const { version, header, span, segments, isEnded, bytes, rows, kinds, inodes, devices, lost, late, flaws, unread } = facts,
    packed = perEvent(facts);
  const state = isEnded ? 'ended' : 'without its end: its writer was killed, or is still at it';
  return [
    `${voice.bold(path)}  format ${version}, ${segments === 1 ? 'one file' : `${segments} segments`}, ${state}`,
    `recorded on ${header.host || 'an unknown host'} (${header.kernel || 'unknown kernel'}) by mapscope ${header.mapscope || 'of unknown version'}: ${header.commandLine.join(' ')}`,
    span
      ? `${seconds(durationOf(facts))} of ${header.clock || 'an unknown clock'}, ${span.from} to ${span.until}${header.startedAt === '' ? '' : `, begun ${header.startedAt}`}`
      : 'nothing in it',
    `${rows} events about ${inodes} inodes, ${bytes} bytes${packed === null ? '' : `: ${packed} an event`}`,
    `lost ${lost}, late ${late}, damaged ${flaws.length === 1 ? '1 place' : `${flaws.length} places`}`,
    ...flaws.slice(0, MOST_SAID).map((flaw) => `  ${flaw.file}: ${sayFlaw(flaw)}`),
    ...unread.map(({ name, why }) => `  ${name} cannot be read: ${sayFlaw(why)}`),
    ...grid(
      [{ head: 'events', isNumber: true }, { head: 'kind' }],
      Object.entries(kinds).map(([kind, n]) => [String(n), kind]),
      voice,
    ),
    ...grid(
      [{ head: 'device', isNumber: true }, { head: 'bytes', isNumber: true }, { head: 'path' }],
      devices.map(({ device, size, path: name }) => [String(device), String(size), name]),
      voice,
    ),
  ];
}

const seconds = (ns: bigint): string => `${(Number(ns) / 1e9).toFixed(3)} s`;
