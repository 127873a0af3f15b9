import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { rules } from '@mapscope/shared/derive';
import { openPlace, type Place } from '../apps/agent/src/cli/testing/agent.ts';
import { ringsOf } from '../apps/agent/src/cli/testing/rings.ts';
import { deviceOf } from '../apps/agent/src/host/index.ts';
import { Undo } from '../apps/agent/src/sources/testing/live.ts';
import { mountLoop, noLoop } from '../apps/agent/src/sources/testing/loops.ts';
import { namesOf } from '../apps/agent/src/sources/tracefs/index.ts';
import { Instance } from '../apps/agent/src/sources/tracefs/instance.ts';
import { median, perSecond, print, ratioOf, sayRatio } from './measure.ts';
import { cpuMs, sayCpu } from './processes.ts';

const BUFFER_KB = 16_384;
const TURNS = 10;
const SECONDS = 10;
/** Writes a second; each makes some four records. */
const RATE = 52_000;
const PAIRS = 15;
const BLOCKS = 20_000;
const run = promisify(execFile);

interface Health {
  readonly lost: string;
  readonly sources: readonly { readonly buffer?: { readonly most: number } }[];
}

/** `mapscope watch` under load: what it keeps up with, and what it costs those who are watched. */
export async function watch(): Promise<void> {
  const undo = new Undo(),
    tracefs = await undo.tracefs(),
    why = tracefs.path === null ? tracefs.why : noLoop('xfs');
  try {
    if (why !== undefined) process.stdout.write(`watch: skipped, ${why}\n`);
    else {
      const programs = compiled(undo);
      await keepsUp(undo, programs.rewriter);
      await slowsDown(undo, tracefs.path!, programs);
    }
  } finally {
    await undo.release();
  }
}

interface Programs {
  readonly rewriter: string;
  readonly reader: string;
}

function compiled(undo: Undo): Programs {
  const folder = undo.folder('bench'),
    make = (name: string): string => {
      const out = join(folder, name);
      execFileSync('gcc', ['-O2', '-pthread', '-o', out, fileURLToPath(new URL(`${name}.c`, import.meta.url))]);
      return out;
    };
  return { rewriter: make('rewriter'), reader: make('ring-reader') };
}

type Started = Awaited<ReturnType<Place['start']>>;

async function keepsUp(undo: Undo, rewriter: string): Promise<void> {
  const place = openPlace(),
    file = join(mountLoop(undo, 'xfs').at, 'a'),
    started = await place.start('watch', file.slice(0, -2), '--buffer', `${BUFFER_KB}K`);
  try {
    await run(rewriter, [file, String(BLOCKS), '0', '1']);
    const [before, cpu] = [recordsOf(started), cpuMs(started.child.pid!)];
    let seconds = 0;
    // A writer that does not get to run takes longer than it was told to.
    for (let turn = 0; turn < TURNS; turn++)
      seconds += secondsOf((await run(rewriter, [file, String(BLOCKS), String(RATE), String(SECONDS)])).stdout);
    // As the kernel counts: what was lost last is told later.
    const records = recordsOf(started) - before,
      { lost } = ringsOf(started.record),
      { sources } = await health(place);
    print({
      name: 'events watched without loss',
      ours: perSecond(records / seconds),
      how: `${lost} lost in ${TURNS} times ${SECONDS} s, buffer of ${BUFFER_KB / 1024} MiB a CPU at most ${sources.find(({ buffer }) => buffer)?.buffer?.most} % full; ${sayCpu(cpu, cpuMs(started.child.pid!), records)} an event`,
    });
    await untilLoss(place, started, rewriter, file);
  } finally {
    started.child.kill('SIGTERM');
    await started.ended();
    await place.close();
  }
}

/** Faster and faster, three seconds each, until something is lost or the writer cannot. */
async function untilLoss(place: Place, started: Started, rewriter: string, file: string): Promise<void> {
  const since = (await health(place)).lost;
  for (let rate = RATE; ; rate = Math.round(rate * 1.25)) {
    const before = recordsOf(started),
      { stdout } = await run(rewriter, [file, String(BLOCKS), String(rate), '3']),
      seconds = secondsOf(stdout);
    await sleep(1500);
    const { lost } = await health(place),
      perSec = perSecond((recordsOf(started) - before) / seconds),
      isSlow = seconds > 3.3;
    if (lost === since && !isSlow) continue;
    print({
      name: 'events a second where loss begins',
      ours: lost === since ? `above ${perSec}` : perSec,
      how: lost === since ? 'faster the one writer cannot' : `${BigInt(lost) - BigInt(since)} lost within 3 s`,
    });
    return;
  }
}

/** Milliseconds of the clock, and of CPU time: the second is honest when others run too. */
interface Taken {
  readonly wall: number;
  readonly cpu: number;
}

/** One writer by itself: without tracing, with pages read and thrown away by C, with mapscope. */
async function slowsDown(undo: Undo, tracefs: string, { rewriter, reader }: Programs): Promise<void> {
  const { at } = mountLoop(undo, 'xfs'),
    file = join(at, 'a'),
    device = deviceOf(statSync(at, { bigint: true }).dev),
    place = openPlace();
  const work = async (): Promise<Taken> => {
    const [, wall, cpu] = (await run(rewriter, [file, String(BLOCKS), '0', '3'])).stdout.split(' ').map(Number) as [number, number, number];
    return { wall: wall / 1e6, cpu: cpu / 1e6 };
  };
  const plain: Taken[] = [],
    withC: Taken[] = [],
    ours: Taken[] = [];
  try {
    await work();
    for (let pair = 0; pair < PAIRS; pair++) {
      plain.push(await work());
      const instance = new Instance(tracefs, `mapscope-bench-${process.pid}`, {
        tracesCalls: false,
        rules: rules.xfs,
        devices: [namesOf(device)],
        bufferKb: BUFFER_KB,
      });
      try {
        const child = await reading(reader, instance.path);
        withC.push(await work());
        child.stdin!.end();
        await once(child, 'exit');
      } finally {
        await instance.remove();
      }
      const started = await place.start('watch', at, '--buffer', `${BUFFER_KB}K`);
      ours.push(await work());
      started.child.kill('SIGTERM');
      await started.ended();
    }
  } finally {
    await place.close();
  }
  const of = (taken: readonly Taken[], key: keyof Taken): number[] => taken.map((each) => each[key]),
    say = (taken: readonly Taken[]): string => `${median(of(taken, 'wall')).toFixed(0)} ms`,
    ratio = (peer: readonly Taken[], key: keyof Taken): string => sayRatio(ratioOf(of(ours, key), of(peer, key)));
  print({
    name: 'one writer while it is watched',
    ours: say(ours),
    peer: `pages thrown away by C ${say(withC)}`,
    ratio: `${ratio(withC, 'wall')} (goal <= 1.1)`,
    how: `${PAIRS} pairs of ${3 * BLOCKS} writes; in CPU time of the writer ${ratio(withC, 'cpu')}; without tracing ${say(plain)}, of which ours is ${ratio(plain, 'wall')}`,
  });
}

/** Of the clock, as the rewriter says it. */
const secondsOf = (said: string): number => Number(said.split(' ')[1]) / 1e9;

async function reading(reader: string, path: string): Promise<ChildProcess> {
  const child = spawn(reader, [path, String(cpus().length)], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

async function health(place: Place): Promise<Health> {
  const { runs } = JSON.parse((await place.mapscope('status', '--json')).out) as { runs: readonly { readonly agent: Health }[] };
  return runs[0]!.agent;
}

/** Records of the run's instance that were read or dropped so far. */
function recordsOf({ record }: Started): number {
  const { read, lost } = ringsOf(record);
  return Number(read + lost);
}
