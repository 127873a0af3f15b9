import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rules } from '@mapscope/shared/derive';
import { Undo } from '../apps/agent/src/sources/testing/live.ts';
import { Instance } from '../apps/agent/src/sources/tracefs/instance.ts';
import { interleave, median, print, ratioOf, sayRatio } from './measure.ts';

const PAIRS = 25;
const CALLS = 50_000;
const BUFFER_KB = 1024;
const kinds = {
  write: 'write(2) of 4 KiB to tmpfs, which is traced',
  null: 'write(2) of a byte to /dev/null, which is traced',
  pread: 'pread(2) of 4 KiB, which is not',
  getppid: 'getppid(2), which is not',
} as const;

/** What `watch --request-times` costs programs that have nothing to do with a FUSE server: the system calls of all are on the slow path then. */
export async function calls(): Promise<void> {
  const undo = new Undo(),
    { path } = await undo.tracefs();
  try {
    if (path === null) return void process.stdout.write('calls: skipped, there is no tracefs\n');
    const program = join(undo.folder('bench'), 'bystander'),
      file = join(undo.folder('bench', '/dev/shm'), 'a');
    execFileSync('gcc', ['-O2', '-o', program, fileURLToPath(new URL('bystander.c', import.meta.url))]);
    const instance = new Instance(path, `mapscope-bench-${process.pid}`, {
      rules: rules.fuse.filter(({ system }) => system === 'syscalls'),
      devices: [],
      bufferKb: BUFFER_KB,
      tracesCalls: true,
    });
    try {
      if (!instance.canTraceCalls) return void process.stdout.write('calls: skipped, this kernel does not trace system calls\n');
      await compare(instance, () => nanoseconds(program, file));
    } finally {
      await instance.remove();
    }
  } finally {
    await undo.release();
  }
}

type Times = Readonly<Record<keyof typeof kinds, number>>;

function nanoseconds(program: string, file: string): Times {
  const lines = execFileSync(program, [file, `${CALLS}`], { encoding: 'utf8' })
    .trim()
    .split('\n');
  return Object.fromEntries(lines.map((line) => line.split(' ')).map(([name, ns]) => [name, Number(ns)])) as unknown as Times;
}

async function compare(instance: Instance, take: () => Times): Promise<void> {
  const takeTraced = (): Times => {
    instance.traceCalls('comm == "nobody serves"');
    const times = take();
    instance.traceCalls(undefined);
    return times;
  };
  const [traced, plain] = await interleave(PAIRS, takeTraced, take);
  for (const [kind, name] of Object.entries(kinds) as [keyof typeof kinds, string][]) {
    const on = traced.map((each) => each[kind]),
      off = plain.map((each) => each[kind]);
    print({
      name: `a bystander's ${name}, while FUSE servers' calls are traced`,
      ours: `${median(on).toFixed(0)} ns`,
      peer: `without ${median(off).toFixed(0)} ns`,
      ratio: sayRatio(ratioOf(on, off)),
      how: `CPU time, ${PAIRS} pairs of ${CALLS} calls`,
    });
  }
}
