import { isFlaw, sayFlaw } from '@mapscope/shared/units';
import {
  compressionOf,
  type FileBytes,
  openTraceDat,
  type Stretch,
  type TraceBuffer,
  type TraceDat,
  TraceReader,
  TraceScan,
} from '@mapscope/shared/wire';
import { refused } from '../../host/refused.ts';
import type { KernelCount, Trace } from './trace.ts';
import { readText } from './text.ts';
import { openUnpackers } from './unpackers.ts';

/** A trace.dat of trace-cmd. `buffer`: the name of the one to read, where the clocks of several differ. Throws `Refused` for what is none. */
export async function openDat(source: FileBytes, buffer: string | undefined): Promise<Omit<Trace, 'close'>> {
  const dat = openTraceDat(source, await openUnpackers(compressionOf(source)));
  if (isFlaw(dat)) throw refused('E_TRACE', sayFlaw(dat), 'mapscope reads trace.dat files of version 6 and 7, and text of ftrace');
  const { parts } = dat;
  if (parts.text && dat.buffers.every(({ cpus }) => cpus.length === 0)) return openAsText(source, parts.text);
  const buffers = chosen(dat, buffer);
  return {
    what: `trace.dat version ${dat.version}, ${dat.compression === 'none' ? 'not packed' : dat.compression}`,
    clock: (buffers.find(({ clock }) => clock !== '')?.clock ?? parts.clock) + (parts.scale ? ', as ns' : ''),
    kernel: parts.uname,
    pageSize: parts.pageSize,
    commands: parts.commands,
    flaws: parts.flaws,
    kernelCount: countOf(dat),
    unread: new Set(),
    isLittle: dat.isLittle,
    formatById: (id) => parts.formats.byId(id),
    read: (to) => new TraceReader(dat, to, buffers),
    scan: (visit) => new TraceScan(dat, visit, buffers),
  };
}

/** A latency tracer's file holds text in place of pages. */
function openAsText(source: FileBytes, { at, size, isPacked }: Stretch): Promise<Omit<Trace, 'close'>> {
  const help = 'Make text of it, and import that: trace-cmd report FILE > TEXT';
  if (isPacked) throw refused('E_TRACE', 'the trace holds packed text of a latency tracer', help);
  const inside: FileBytes = { size, read: (from, length) => source.read(at + from, Math.min(length, Math.max(0, size - from))) };
  return readText(inside, 'the text of a latency tracer in it', help);
}

function countOf({ parts: { stats } }: TraceDat): KernelCount | undefined {
  if (stats.length === 0) return undefined;
  return stats.reduce((sum, { overrun, dropped }) => ({ overrun: sum.overrun + overrun, dropped: sum.dropped + dropped }), {
    overrun: 0n,
    dropped: 0n,
  });
}

/** Times of two clocks cannot be put in one order. */
function chosen({ buffers }: TraceDat, name: string | undefined): readonly TraceBuffer[] {
  const names = buffers.map((buffer) => (buffer.name === '' ? 'top' : buffer.name)),
    help = `There is: ${names.join(', ')}`;
  if (name !== undefined) {
    const found = buffers.filter((_, i) => names[i] === name);
    if (found.length === 0) throw refused('E_BUFFER', `the trace has no buffer ${name}`, help);
    return found;
  }
  const clocks = new Set(buffers.filter(({ cpus }) => cpus.length > 0).map(({ clock }) => clock));
  if (clocks.size > 1)
    throw refused('E_BUFFER', `the buffers have different clocks (${[...clocks].join(', ')})`, `Choose one: --buffer. ${help}`);
  return buffers;
}
