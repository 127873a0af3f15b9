import { closeSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { sayFlaw } from '@mapscope/shared/units';
import { errorCode, refused, sayError } from '../../host/refused.ts';
import { findFamfs, type Found, recordFamfs } from '../../sources/famfs/index.ts';
import { csvOf, openTrace, type Recorded, recordTrace, type Trace } from '../../sources/import/index.ts';
import { drained } from '../drained.ts';
import type { Run } from '../program.ts';
import type { Voice } from '../voice.ts';

/** Flaws that are said; a damaged file may have a thousand. */
const MOST_SAID = 5;

export const importTrace: Run<{ readonly output?: string; readonly records?: string; readonly buffer?: string }> = async ({
  place,
  voice,
  options,
  words,
  typed,
}) => {
  const file = words[0]!,
    commandLine = ['mapscope', ...typed],
    { records, buffer } = options,
    output = options.output === undefined ? undefined : resolve(options.output);
  if ((output === undefined) === (records === undefined))
    throw refused(
      'E_USAGE',
      'import wants either -o or --records',
      'Give one of them: `mapscope import FILE -o OUT`, or `mapscope import FILE --records csv`',
    );
  const found = await findFamfs(resolve(file));
  if (found) return importFamfs(found, file, output, { version: place.version, commandLine }, voice);
  const trace = await openTrace(file, { buffer });
  try {
    if (output === undefined) await printRecords(trace, place.stdout);
    else {
      const made = await makeRecording(file, output, (write, signal) =>
        recordTrace({ trace, version: place.version, commandLine, signal, write }),
      );
      if (made === undefined) return INTERRUPTED;
      voice.tell(jsonOf(trace, made, output));
      for (const line of linesOf(trace, made, output)) voice.say(line);
    }
    for (const flaw of trace.flaws.slice(0, MOST_SAID)) voice.hint(`${file}: ${sayFlaw(flaw)}`);
    if (trace.unread.size > 0)
      voice.hint(
        `${file}: ${[...trace.unread].slice(0, MOST_SAID).join(', ')}${trace.unread.size > MOST_SAID ? ' and others' : ''} printed as on no kernel that mapscope knows: taken as if not traced. The trace.dat itself tells more.`,
      );
    if (trace.flaws.length > MOST_SAID) voice.hint(`${file}: ${trace.flaws.length - MOST_SAID} flaws more.`);
  } finally {
    trace.close();
  }
  return 0;
};

/** Maps of famfs, which no trace tells: a recording of one moment. */
async function importFamfs(
  found: Found,
  file: string,
  output: string | undefined,
  by: { readonly version: string; readonly commandLine: readonly string[] },
  voice: Voice,
): Promise<number> {
  if (output === undefined)
    throw refused('E_USAGE', `there are maps of famfs in ${file}, and no records`, `mapscope import ${file} -o OUT`);
  const rows = await makeRecording(file, output, (write) => recordFamfs({ found, ...by, write }));
  if (rows === undefined) return INTERRUPTED;
  const { files, awaiting, odd } = found;
  voice.tell({ recording: output, trace: 'famfs', rows, files: files.length, awaiting, odd });
  voice.say(`${output}: ${rows} rows, ${files.length} ${files.length === 1 ? 'file' : 'files'} of famfs.`);
  if (awaiting.length > 0) voice.say(`No GET_DAXDEV reply names device ${awaiting.join(', ')}: drawn as awaiting one.`);
  for (const one of odd.slice(0, MOST_SAID)) voice.hint(`Left out: ${one}.`);
  if (odd.length > MOST_SAID) voice.hint(`Left out: ${odd.length - MOST_SAID} files more.`);
  return 0;
}

/** 128 and SIGINT, as a shell has it. */
const INTERRUPTED = 130;

async function printRecords(trace: Trace, out: NodeJS.WritableStream): Promise<void> {
  let isClosed = false;
  out.once('close', () => (isClosed = true));
  for (const piece of csvOf(trace)) {
    // A reader that has enough (`| head`) is no failure.
    if (isClosed) return;
    if (!out.write(piece)) await drained(out);
  }
}

/** The recording takes its name when it is whole. Answers undefined when somebody stopped it: then there is none. */
async function makeRecording<Made>(
  file: string,
  output: string,
  make: (write: (bytes: Uint8Array) => void, signal: AbortSignal) => Made | Promise<Made>,
): Promise<Made | undefined> {
  refuseSame(file, output);
  const part = `${output}.${process.pid}.part`,
    stopping = new AbortController(),
    stop = (): void => stopping.abort();
  let fd: number;
  try {
    fd = openSync(part, 'wx', 0o644);
  } catch (error) {
    throw notWritten(output, error);
  }
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(name, stop);
  try {
    const made = await make((bytes) => writeAll(fd, bytes, output), stopping.signal);
    if (stopping.signal.aborted) return undefined;
    renameSync(part, output);
    return made;
  } finally {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(name, stop);
    closeSync(fd);
    rmSync(part, { force: true });
  }
}

function writeAll(fd: number, bytes: Uint8Array, output: string): void {
  try {
    for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
  } catch (error) {
    throw notWritten(output, error);
  }
}

const notWritten = (output: string, error: unknown): Error =>
  refused('E_OUTPUT', `${output} cannot be written: ${sayError(error)}`, 'Choose another file with -o', error);

function refuseSame(file: string, output: string): void {
  try {
    const a = statSync(file),
      b = statSync(output);
    if (a.dev === b.dev && a.ino === b.ino) throw refused('E_OUTPUT', `${output} is the trace itself`, 'Choose another file with -o');
    if (!b.isFile()) throw refused('E_OUTPUT', `${output} is there and no file`, 'Choose another file with -o');
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

function jsonOf(trace: Trace, { records, rows, files, lost, flaws }: Recorded, output: string): object {
  return {
    recording: output,
    trace: trace.what,
    clock: trace.clock === '' ? null : trace.clock,
    records,
    rows,
    files,
    lost: {
      records: String(lost.records),
      gaps: lost.gaps,
      unknownGaps: lost.unknownGaps,
      kernel: trace.kernelCount ? String(trace.kernelCount.overrun + trace.kernelCount.dropped) : null,
    },
    unread: [...trace.unread],
    flaws,
  };
}

function linesOf(trace: Trace, { records, rows, files, lost }: Recorded, output: string): readonly string[] {
  const clock = trace.clock === '' ? 'a clock that the trace does not name' : `clock ${trace.clock}`;
  const gaps = `${lost.gaps} ${lost.gaps === 1 ? 'gap' : 'gaps'}${lost.unknownGaps > 0 ? `, and ${lost.unknownGaps} of unknown size` : ''}`,
    counted = trace.kernelCount ? `; the kernel counted ${trace.kernelCount.overrun + trace.kernelCount.dropped}` : '';
  return [
    `${output}: ${rows} rows of ${records} records, ${files} files; ${trace.what}, ${clock}.`,
    ...(lost.gaps + lost.unknownGaps > 0 ? [`Lost: ${lost.records} records in ${gaps}${counted}.`] : []),
  ];
}
