import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDeriver, type Filesystem, ownEvent, traced } from '@mapscope/shared/derive';
import { FrameBuilder } from '@mapscope/shared/trace';
import { isFlaw } from '@mapscope/shared/units';
import {
  bigintOf,
  type FtraceFormat,
  inMemory,
  numberOf,
  openTraceDat,
  type TakeRecords,
  textOf,
  TraceReader,
} from '@mapscope/shared/wire';
import { interleave, median, perSecond, print, ratioOf, sayRatio } from './measure.ts';
import { writeTrace } from './trace-file.ts';

const EVENTS = 1_000_000;
const PAIRS = 15;
const mapscope = fileURLToPath(new URL('../apps/agent/bin/mapscope.js', import.meta.url));

/** Ring buffer pages to records, and a trace.dat to a recording next to `trace-cmd report`. */
export async function trace(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'mapscope-bench-'));
  try {
    const file = join(folder, 'trace.dat'),
      events = writeTrace(file, EVENTS);
    pages(readFileSync(file), events);
    await imports(file, join(folder, 'out.rec'), events);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** CPU time, since others may run too. */
function pages(bytes: Uint8Array, events: number): void {
  const trace = openTraceDat(inMemory(bytes), {});
  if (isFlaw(trace)) throw new Error(trace.code);
  const rate = (to: TakeRecords): number => {
    const before = process.cpuUsage(),
      reader = new TraceReader(trace, to);
    while (reader.step());
    const { user, system } = process.cpuUsage(before);
    if (reader.records !== events) throw new Error(`${reader.records} records of ${events}`);
    return events / ((user + system) / 1e6);
  };
  const found: TakeRecords = { record: () => undefined, lost: () => undefined },
    readers = new Map<number, (view: DataView, at: number, size: number) => void>(),
    owners = new Map<number, Filesystem>();
  const read: TakeRecords = {
    record(view, at, size) {
      const id = view.getUint16(at, true);
      let reader = readers.get(id);
      if (!reader) {
        const format = trace.parts.formats.byId(id)!,
          own = ownEvent(format);
        readers.set(id, (reader = readerOf(format)));
        // One filesystem.
        if (own) owners.set(own.dev(view, at), own.filesystem);
      }
      reader(view, at, size);
    },
    lost: () => undefined,
  };
  for (const [name, taker] of [
    ['raw pages to records in order of time', () => found],
    ['the same, and each of their fields read', () => read],
    // Of the events that have a record, as with an import.
    [
      'the same, derived into rows',
      () =>
        deriving(
          [...readers.keys()].map((id) => trace.parts.formats.byId(id)!),
          owners,
          trace.parts.pageSize,
        ),
    ],
  ] as const) {
    rate(taker());
    const rates = Array.from({ length: 7 }, () => rate(taker()));
    print({
      name,
      ours: `${perSecond(median(rates))} (goal >= 1 M/s)`,
      how: `${events} events of 37 kinds on 2 CPUs, one core, CPU time; median of 7`,
    });
  }
}

/** Makes rows of records, as an import does, and throws them away. */
function deriving(formats: readonly FtraceFormat[], owners: ReadonlyMap<number, Filesystem>, pageSize: number): TakeRecords {
  const out = new FrameBuilder(),
    { filesystems, volume } = traced(formats, owners),
    numbers = new Map<bigint, number>();
  return createDeriver({
    rules: filesystems,
    formats,
    out,
    full: () => void out.take(0n),
    volume: (dev) => volume(dev, () => 1),
    identify: (dev, ino) => {
      const key = (ino << 32n) | BigInt(dev);
      if (!numbers.has(key)) numbers.set(key, numbers.size + 1);
      return numbers.get(key)!;
    },
    takesReports: true,
    pageSize,
  });
}

/** Reads each field of a record, and does nothing with it. */
function readerOf(format: FtraceFormat): (view: DataView, at: number, size: number) => void {
  const reads = [...format.fields.keys()].map((name) => numberOf(format, name) ?? bigintOf(format, name) ?? textOf(format, name)!);
  return (view, at, size) => {
    for (const read of reads) read(view, at, size);
  };
}

async function imports(file: string, out: string, events: number): Promise<void> {
  const version = versionOf();
  if (version === undefined) {
    process.stdout.write('import: skipped, Debian package trace-cmd is not installed\n');
    return;
  }
  const [ours, peer] = await interleave(
    PAIRS,
    () => cpuOf(process.execPath, [mapscope, 'import', file, '-o', out]),
    () => cpuOf('trace-cmd', ['report', file]),
  );
  print({
    name: 'import of a trace.dat into a recording',
    ours: `${median(ours).toFixed(2)} s of CPU`,
    peer: `${median(peer).toFixed(2)} s of CPU`,
    // How many times less: the goal is told so.
    ratio: `${sayRatio(ratioOf(peer, ours))} (goal >= 3)`,
    how: `${events} events, start of the program included, without NODE_EXTRA_CA_CERTS; peer: trace-cmd report > /dev/null (${version}); ${PAIRS} pairs`,
  });
}

/**
 * Without the certificates of this machine's surroundings: Node 20 reads and parses those that NODE_EXTRA_CA_CERTS names whenever it starts, a hundred
 * of them in 0.06 s to 0.09 s, whoever it runs.
 */
const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;

/** Seconds of CPU, user and system, of a program and what it starts; what it prints goes nowhere. */
function cpuOf(command: string, args: readonly string[]): number {
  const { stderr, status } = spawnSync('bash', ['-c', 'TIMEFORMAT="%U %S"; time "$@" > /dev/null 2>&1', 'bash', command, ...args], {
    encoding: 'utf8',
    env,
  });
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
  return stderr
    .trim()
    .split(' ')
    .reduce((sum, seconds) => sum + Number(seconds), 0);
}

/** It says its version with an exit status of its own. */
function versionOf(): string | undefined {
  const { stdout, stderr } = spawnSync('trace-cmd', ['--version'], { encoding: 'utf8' });
  return /version (\S+)/.exec(`${stdout}${stderr}`)?.[1];
}
