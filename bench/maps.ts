import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { FileIdentities } from '../apps/agent/src/host/index.ts';
import { createFiemap } from '../apps/agent/src/sources/fiemap/fiemap.ts';
import { mapOf } from '../apps/agent/src/sources/fiemap/pages.ts';
import { spaceMapOf } from '../apps/agent/src/sources/fsmap/pages.ts';
import { Undo } from '../apps/agent/src/sources/testing/live.ts';
import { mountLoop, noLoop } from '../apps/agent/src/sources/testing/loops.ts';
import { median, print, ratioOf, sayRatio } from './measure.ts';

const EXTENTS = 250_000;
const FILES = 100_000;
const PAIRS = 15;
const LOOP_SOURCE = fileURLToPath(new URL('fiemap-loop.c', import.meta.url));

/** What one run took, milliseconds. */
interface Taken {
  readonly wall: number;
  readonly cpu: number;
}
type Run = () => Promise<Taken> | Taken;

/** The maps of a file of 250,000 extents, of the space around it, and of 100,000 small files; the file is clean and the peers print to /dev/null. */
export async function maps(): Promise<void> {
  const why = noLoop('xfs') ?? noLoop('ext4');
  if (why !== undefined) {
    process.stdout.write(`maps: skipped, ${why}\n`);
    return;
  }
  const undo = new Undo();
  try {
    await onXfs(undo);
    await undo.release();
    await onExt4(undo);
  } finally {
    await undo.release();
  }
}

async function onXfs(undo: Undo): Promise<void> {
  // Nothing is allocated ahead: there would be as many records again between those of the file.
  const { at } = mountLoop(undo, 'xfs', { bytes: 3 * 2 ** 30, mount: 'allocsize=4096' }),
    file = makeFile(at);
  await extents('XFS', file, compiledLoop(undo));
  const fd = openSync(at, 'r');
  let records = 0;
  const ours = timed(async () => void (records = (await spaceMapOf(fd)).records.count));
  await against(
    'GETFSMAP of XFS',
    ours,
    { 'xfs_io fsmap -v': program('xfs_io', ['-r', '-c', 'fsmap -v', at]) },
    () => `${records} records`,
  );
  closeSync(fd);
  await smallFiles(at);
}

async function onExt4(undo: Undo): Promise<void> {
  await extents('ext4', makeFile(mountLoop(undo, 'ext4', { bytes: 3 * 2 ** 30 }).at), compiledLoop(undo));
}

/** Every second block written, so that no two extents can be one. */
function makeFile(folder: string): string {
  const file = join(folder, 'many'),
    fd = openSync(file, 'w'),
    block = Buffer.alloc(4096, 1);
  for (let i = 0; i < EXTENTS; i++) writeSync(fd, block, 0, 4096, i * 8192);
  fsyncSync(fd);
  closeSync(fd);
  return file;
}

function compiledLoop(undo: Undo): string {
  const out = join(undo.folder('bench'), 'fiemap-loop');
  execFileSync('gcc', ['-O2', '-o', out, LOOP_SOURCE]);
  return out;
}

async function extents(where: string, file: string, loop: string): Promise<void> {
  const fd = openSync(file, 'r');
  try {
    const ours = timed(async () => {
      const { extents } = await mapOf(fd);
      if (extents.count < EXTENTS) throw new Error(`${extents.count} extents of ${EXTENTS}`);
    });
    const peers = {
      'filefrag -v': program('filefrag', ['-v', file]),
      'xfs_io fiemap -v': program('xfs_io', ['-r', '-c', 'fiemap -v', file]),
      // Without what it takes to start it.
      'a bare ioctl loop in C': (): Taken => {
        const { cpu, said } = program(loop, [file], true)();
        return { cpu, wall: Number(said.split(' ')[1]) / 1e6 };
      },
    };
    await against(`FIEMAP of ${EXTENTS} extents on ${where}`, ours, peers, () => 'in-process, into columns; the C loop times itself');
  } finally {
    closeSync(fd);
  }
}

/** By turns, each beginning as often as the others; a line a peer. */
async function against(name: string, ours: Run, peers: Readonly<Record<string, Run>>, how: () => string): Promise<void> {
  const runs = { ours, ...peers },
    names = Object.keys(runs),
    taken = new Map<string, Taken[]>(names.map((each) => [each, []]));
  for (let i = 0; i < PAIRS; i++)
    for (let k = 0; k < names.length; k++) {
      const each = names[(i + k) % names.length]!;
      taken.get(each)!.push(await runs[each as 'ours']());
    }
  const of = (each: string, key: keyof Taken): number[] => taken.get(each)!.map((run) => run[key]);
  for (const peer of Object.keys(peers)) {
    const [fast, cpu] = (['wall', 'cpu'] as const).map((key) => sayRatio(ratioOf(of(peer, key), of('ours', key))));
    print({
      name,
      ours: `${median(of('ours', 'wall')).toFixed(1)} ms`,
      peer: `${peer} ${median(of(peer, 'wall')).toFixed(1)} ms`,
      ratio: `${fast} times as fast`,
      how: `${how()}; ${PAIRS} rounds; in CPU time ${cpu} times`,
    });
  }
}

const timed =
  (act: () => Promise<void>): Run =>
  async () => {
    const cpu = process.cpuUsage(),
      begun = performance.now();
    await act();
    const wall = performance.now() - begun,
      { user, system } = process.cpuUsage(cpu);
    return { wall, cpu: (user + system) / 1000 };
  };

/** A program from its start to its end. */
const program =
  (command: string, words: readonly string[], isHeard = false) =>
  (): Taken & { readonly said: string } => {
    const cpu = childrenCpuMs(),
      begun = performance.now(),
      { status, stdout } = spawnSync(command, words, {
        cwd: '/',
        stdio: ['ignore', isHeard ? 'pipe' : 'ignore', 'ignore'],
        encoding: 'utf8',
      });
    const wall = performance.now() - begun;
    if (status !== 0) throw new Error(`${command} ended with ${status}`);
    return { wall, cpu: childrenCpuMs() - cpu, said: stdout ?? '' };
  };

/** CPU time of children that have ended; ticks of 10 ms. Fact: cutime and cstime, proc_pid_stat(5). */
function childrenCpuMs(): number {
  const stat = readFileSync('/proc/self/stat', 'latin1'),
    fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

/** The maps of many files as the collector asks for them: each opened, identified, mapped, told as rows, and closed. */
async function smallFiles(at: string): Promise<void> {
  const files: string[] = [];
  for (let folder = 0; folder < 100; folder++) {
    mkdirSync(join(at, String(folder)));
    for (let i = 0; i < FILES / 100; i++) {
      const file = join(at, String(folder), String(i)),
        fd = openSync(file, 'w');
      writeSync(fd, 'mapscope');
      closeSync(fd);
      files.push(file);
    }
  }
  execFileSync('sync', ['-f', at]);
  const identities = new FileIdentities(),
    stopping = new AbortController();
  let rows = 0;
  const source = createFiemap({
    open: (inode) => {
      const fd = openSync(files[inode]!, 'r');
      return { fd, filesystem: identities.of(fd, files[inode]!).filesystem, close: () => closeSync(fd) };
    },
    deviceNumber: () => 1,
    refused: (_, why) => {
      throw why;
    },
  });
  const { wall, cpu } = await timed(async () => {
    for (let inode = 0; inode < FILES; inode++) source.ask(inode);
    const running = source.run((frame) => void (rows += frame.count), stopping.signal);
    while (!source.isIdle) await sleep(1);
    stopping.abort();
    await running;
  })();
  print({
    name: `maps of ${FILES} small files on XFS`,
    ours: `${(wall / 1000).toFixed(2)} s`,
    how: `${rows} rows, ${(cpu / 1000).toFixed(2)} s of CPU time; opened, identified, mapped and closed one by one; inodes in memory, one run`,
  });
}
