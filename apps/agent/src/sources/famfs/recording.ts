import { hostname, release } from 'node:os';
import { deflateRawSync } from 'node:zlib';
import { FrameBuilder, RecordingWriter, SourceId } from '@mapscope/shared/trace';
import { pageSize } from '../../host/page-size.ts';
import { frameOf, saySource } from '../source.ts';
import type { Found } from './found.ts';
import { FamfsRows } from './rows.ts';

export interface FamfsRecordOptions {
  readonly found: Found;
  /** Of mapscope. */
  readonly version: string;
  readonly commandLine: readonly string[];
  /** Appends to the recording. */
  readonly write: (bytes: Uint8Array) => void;
}

/** Maps have no clock: all is told at the first moment of one. */
const AT = 1n;
const facts = { name: 'famfs', state: 'ended', why: '', help: '', folios: 'none' } as const;

/** Writes a recording of what famfs files say; answers its rows. */
export function recordFamfs({ found, version, commandLine, write }: FamfsRecordOptions): number {
  const header = {
    mapscope: version,
    host: hostname(),
    kernel: release(),
    pageSize: pageSize(),
    sources: ['famfs'],
    clock: 'none',
    commandLine,
    startedAt: '',
    startedAtTime: String(AT),
  };
  const writer = new RecordingWriter({ header, deflate: (bytes) => deflateRawSync(bytes, { level: 1 }) }),
    rows = new FrameBuilder();
  let told = 0;
  const cut = (until: bigint): void => {
    const frame = frameOf(rows, until, 0);
    told += frame.count;
    write(writer.frame(frame));
  };
  write(writer.start());
  saySource(rows, AT, SourceId.famfs, facts);
  new FamfsRows(rows, AT, () => cut(AT)).say(found);
  cut(AT + 1n);
  write(writer.end());
  return told;
}
