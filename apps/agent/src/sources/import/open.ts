import { resolve } from 'node:path';
import { type FileBytes, TRACE_DAT_MAGIC } from '@mapscope/shared/wire';
import { refused } from '../../host/refused.ts';
import { openDat } from './dat.ts';
import { openFile } from './file-bytes.ts';
import { readText } from './text.ts';
import type { Trace } from './trace.ts';

export interface OpenOptions {
  /** Name of the buffer to read. */
  readonly buffer: string | undefined;
}

/** Opens a trace by what its first bytes say. Throws `Refused`. Whoever opens it closes it. */
export async function openTrace(name: string, { buffer }: OpenOptions): Promise<Trace> {
  const path = resolve(name),
    file = openFile(path);
  try {
    return { ...(await openAny(path, file.bytes, buffer)), close: () => file.close() };
  } catch (error) {
    file.close();
    throw error;
  }
}

async function openAny(path: string, source: FileBytes, buffer: string | undefined): Promise<Omit<Trace, 'close'>> {
  const start = source.read(0, TRACE_DAT_MAGIC.length);
  if (begins(start, [0x1f, 0x8b])) throw refused('E_TRACE', `${path} is packed by gzip`, `Unpack it first: gunzip -k ${path}`);
  if (begins(start, [0x28, 0xb5, 0x2f, 0xfd])) throw refused('E_TRACE', `${path} is packed by zstd`, `Unpack it first: unzstd ${path}`);
  if (begins(start, Buffer.from('mapscope')))
    throw refused('E_TRACE', `${path} is a recording already`, `Look at it: mapscope replay ${path}`);
  return begins(start, TRACE_DAT_MAGIC.subarray(0, MAGIC_SIGN))
    ? openDat(source, buffer)
    : readText(source, path, 'mapscope reads trace.dat files of trace-cmd, and text of ftrace');
}

/** What begins so means to be a trace.dat: it is refused by what is wrong with it. */
const MAGIC_SIGN = 3;

const begins = (bytes: Uint8Array, with_: Iterable<number>): boolean => [...with_].every((byte, i) => bytes[i] === byte);
