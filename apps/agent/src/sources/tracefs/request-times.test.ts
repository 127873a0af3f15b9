import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inflateRawSync } from 'node:zlib';
import { monotonic } from '@mapscope/native';
import { rules } from '@mapscope/shared/derive';
import { createModel, type Model, modelAt, type Op, reduce } from '@mapscope/shared/model';
import { joined, openRecording, OpType, sourceOf } from '@mapscope/shared/trace';
import { isFlaw, U64_MAX } from '@mapscope/shared/units';
import { Opcode } from '@mapscope/shared/wire';
import { afterEach, describe, expect, test } from 'vitest';
import { traceDatOf } from '../../../../../packages/shared/src/fixtures/ftrace/made-trace.ts';
import type { Tracefs } from '../../host/index.ts';
import { openTrace } from '../import/open.ts';
import { recordTrace } from '../import/recording.ts';
import { run, Undo, until } from '../testing/live.ts';
import { namesOf } from './device.ts';
import { Instance } from './instance.ts';
import { Listening } from './testing/listening.ts';

const undo = new Undo();
const place: Tracefs = await undo.tracefs();
await undo.release();
const why =
  place.path === null
    ? place.why
    : !existsSync(join(place.path, 'events/syscalls/sys_enter_read'))
      ? 'this kernel does not trace system calls'
      : existsSync('/usr/include/fuse3/fuse_lowlevel.h')
        ? undefined
        : 'libfuse3-dev is not installed';
afterEach(() => undo.release());

function isUnmounted(path: string): boolean {
  try {
    run('umount', path);
    return true;
  } catch {
    return false;
  }
}

/** What the server wrote down of a request: before and after the read that took it, before and after its answer. */
type Told = readonly [beforeRead: bigint, afterRead: bigint, beforeAnswer: bigint, afterAnswer: bigint];

/** A server whose threads each read, wait and answer (`step`), or of which one reads and the others answer (`pool`), and what is told of its requests. */
class Server {
  readonly path = undo.folder('told');
  readonly device: string;
  private readonly log = join(undo.folder('log'), 'log');
  private readonly child: ChildProcess;
  private readonly seen: Listening;

  static async start(threads: number, delayUs: number, kind: 'step' | 'pool'): Promise<Server> {
    const program = join(undo.folder('program'), 'told-server'),
      flags = run('pkg-config', 'fuse3', '--cflags', '--libs').split(/\s+/);
    execFileSync('gcc', ['-O1', '-o', program, join(import.meta.dirname, 'testing/told-server.c'), ...flags, '-lpthread']);
    const server = new Server(program, threads, delayUs, kind, await undo.tracefs());
    await until('the source is up', () => server.seen.frames.length > 0);
    return server;
  }

  private constructor(program: string, threads: number, delayUs: number, kind: string, tracefs: Tracefs) {
    this.child = spawn(program, [this.path, this.log, `${threads}`, `${delayUs}`, kind], { stdio: ['ignore', 'pipe', 'inherit'] });
    undo.add(async () => {
      if (this.child.exitCode !== null || this.child.signalCode !== null) return;
      this.child.kill('SIGKILL');
      await once(this.child, 'exit');
      run('umount', '-l', this.path);
    });
    while (!readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${this.path} `))
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    this.device = run('mountpoint', '-d', this.path);
    this.seen = new Listening(tracefs, { devices: [this.device], identify: () => -1, tracesCalls: true });
    undo.add(() => this.seen.stop());
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** A program that reads so many blocks of 4 KiB of the file; resolves when it is done. */
  async reads(count: number): Promise<void> {
    const [code] = (await once(
      spawn('dd', [`if=${this.path}/file`, 'of=/dev/null', 'bs=4096', `count=${count}`], { stdio: 'ignore' }),
      'exit',
    )) as [number];
    expect(code).toBe(0);
  }

  /** Ends it: the requests as they were told, and by their number what the server wrote down. */
  async end(): Promise<{ readonly ops: readonly Op[]; readonly told: ReadonlyMap<bigint, Told> }> {
    // A program that has ended may hold the mount for a moment.
    await until('unmounted', () => isUnmounted(this.path));
    if (this.child.exitCode === null) await once(this.child, 'exit');
    await this.seen.stop();
    const model = createModel();
    for (const frame of this.seen.frames) reduce(model, frame);
    const lines = readFileSync(this.log, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' ').map(BigInt));
    return { ops: requestsOf(model), told: new Map(lines.map(([unique, ...at]) => [unique!, at as unknown as Told])) };
  }
}

const requestsOf = ({ ops }: Model): Op[] =>
  ops
    .endedSlots()
    .map((slot) => ops.at(slot))
    .filter(({ type }) => type === OpType.request);

/** What an instance has in its buffers, as trace-cmd would write it. */
function datOf(tracefs: string, instance: Instance): Uint8Array {
  const text = (file: string): string => readFileSync(join(tracefs, 'events', file), 'utf8'),
    { size } = instance.shape;
  const pagesOf = (fd: number): Uint8Array[] => {
    const pages: Uint8Array[] = [];
    try {
      for (;;) {
        const page = new Uint8Array(size);
        if (readSync(fd, page) <= 0) return pages;
        pages.push(page);
      }
    } catch {
      // EAGAIN: there is no more.
      return pages;
    }
  };
  return traceDatOf({
    version: 6,
    isLittle: true,
    longSize: 8,
    pageSize: size,
    headerPage: text('header_page'),
    formats: traced.map(({ system, event }) => [system, text(`${system}/${event}/format`)]),
    buffers: [{ name: '', clock: 'mono', cpus: instance.buffers.map(({ fd }) => pagesOf(fd)) }],
  });
}
const traced = rules.fuse.filter(({ system, event }) => system === 'syscalls' || event.startsWith('fuse_request'));

/** The requests of a trace.dat, by its import. */
async function imported(dat: Uint8Array): Promise<Op[]> {
  const file = join(undo.folder('dat'), 'trace.dat'),
    parts: Uint8Array[] = [];
  writeFileSync(file, dat);
  const trace = await openTrace(file, { buffer: undefined });
  try {
    const write = (bytes: Uint8Array): void => void parts.push(bytes.slice());
    await recordTrace({ trace, version: '0', commandLine: [], write, signal: new AbortController().signal });
  } finally {
    trace.close();
  }
  const recording = await openRecording(sourceOf(joined(parts)), (bytes, maxOutputLength) => inflateRawSync(bytes, { maxOutputLength }));
  if (isFlaw(recording)) throw new Error(recording.field);
  return requestsOf((await modelAt(recording, U64_MAX)).model);
}

/** Of how many requests it was told when they were taken, after each time has been held against the server's own. */
function known({ ops, told }: Awaited<ReturnType<Server['end']>>): {
  readonly all: number;
  readonly taken: number;
  readonly answered: number;
} {
  let all = 0,
    taken = 0,
    answered = 0;
  for (const op of ops) {
    const own = told.get(op.unique);
    if (!own) continue;
    all++;
    const [beforeRead, afterRead, beforeAnswer, afterAnswer] = own;
    if (op.taken !== U64_MAX) {
      taken++;
      expect(op.taken > beforeRead && op.taken < afterRead && op.taken >= op.begin, `taken ${op.taken} of ${own.join(' ')}`).toBe(true);
    }
    if (op.reply !== U64_MAX) {
      answered++;
      expect(op.reply > beforeAnswer && op.reply < afterAnswer && op.reply <= op.end, `answered ${op.reply} of ${own.join(' ')}`).toBe(
        true,
      );
    }
  }
  return { all, taken, answered };
}

describe.skipIf(why !== undefined)(`the times of a request${why ? ` (skipped: ${why})` : ''}`, () => {
  test('fall where a server waits: before it reads while it is stopped, and before it answers', async () => {
    const delay = 30_000,
      server = await Server.start(1, delay, 'step');
    await server.reads(1);
    process.kill(server.pid, 'SIGSTOP');
    const reading = server.reads(2);
    await sleep(200);
    const goesOn = monotonic();
    process.kill(server.pid, 'SIGCONT');
    await reading;
    const { ops, told } = await server.end(),
      waited = ops.filter(({ begin, end, flags }) => begin < goesOn && end > goesOn && flags !== Opcode.RELEASE);
    // That of the reader, and whatever others ask of a mount meanwhile.
    expect(waited.filter(({ taken }) => taken !== U64_MAX)).not.toEqual([]);
    for (const { taken } of waited) expect(taken).toBeGreaterThanOrEqual(goesOn);
    const reads = ops.filter(({ flags, taken }) => flags === Opcode.READ && taken !== U64_MAX);
    expect(reads.length).toBeGreaterThanOrEqual(2);
    for (const { taken, reply } of reads) expect(reply - taken).toBeGreaterThanOrEqual(BigInt(delay) * 1000n);
    known({ ops, told });
  }, 30_000);

  test.each([
    ['step', 1],
    ['step', 6],
    ['pool', 4],
  ] as const)(
    'are those of the server’s own account, with threads that work as %s, %i of them',
    async (kind, threads) => {
      const server = await Server.start(threads, 0, kind);
      await server.reads(10);
      await Promise.all(Array.from({ length: 8 }, () => server.reads(200)));
      const it = known(await server.end());
      expect(it.all).toBeGreaterThan(1600);
      // Each thread waits in a read that began before the trace.
      expect(it.answered).toBeGreaterThanOrEqual(it.all - threads);
      if (kind === 'step') expect(it.taken).toBeGreaterThan(it.all * 0.9);
    },
    60_000,
  );

  test('are the same where a trace.dat with these events is imported', async () => {
    const server = await Server.start(2, 0, 'step'),
      { path } = place as { readonly path: string },
      devices = [namesOf(server.device)];
    const instance = new Instance(path, `mapscope-test-dat-${process.pid}`, { rules: traced, devices, bufferKb: 4096, tracesCalls: true });
    let dat: Uint8Array;
    try {
      instance.traceCalls('comm == "told-server"');
      await server.reads(200);
      instance.pause();
      dat = datOf(path, instance);
    } finally {
      await instance.remove();
    }
    const { ops, told } = await server.end(),
      it = known({ ops: await imported(dat), told });
    expect(it.all).toBeGreaterThan(200);
    expect(it.taken).toBeGreaterThan(it.all * 0.9);
    expect(known({ ops, told }).taken).toBeGreaterThan(it.all * 0.9);
  }, 30_000);
});
