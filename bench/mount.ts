import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent } from '../e2e/src/agent.ts';
import { cpuMs, sayCpu } from './processes.ts';
import { interleave, median, perSecond, print, ratioOf, sayRatio } from './measure.ts';

const PEER_SOURCE = '/usr/share/doc/libfuse3-dev/examples/passthrough_ll.c';
const PAIRS = 7;

interface Fio {
  readonly jobs: readonly {
    readonly read: { readonly iops: number; readonly bw_bytes: number; readonly total_ios: number };
    readonly write: { readonly bw_bytes: number; readonly total_ios: number };
  }[];
}

/** One fio job on a file; fio runs with its feet elsewhere. */
function fio(file: string, words: readonly string[]): Fio['jobs'][number] {
  const text = execFileSync('fio', ['--name=b', `--filename=${file}`, '--output-format=json', '--size=64M', '--ioengine=psync', ...words], {
    encoding: 'utf8',
    cwd: '/',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return (JSON.parse(text.slice(text.indexOf('{'))) as Fio).jobs[0]!;
}

/** Builds Debian's own copy of libfuse's example and mounts it over a folder of the same memory filesystem as our images. */
async function startPeer(folder: string): Promise<{ mount: string; stop(): void }> {
  const program = join(folder, 'passthrough_ll'),
    mount = join(folder, 'peer'),
    source = join('/dev/shm', `mapscope-bench-${process.pid}`);
  const flags = execFileSync('pkg-config', ['fuse3', '--cflags', '--libs'], { encoding: 'utf8' }).trim().split(/\s+/);
  execFileSync('gcc', ['-O2', '-o', program, PEER_SOURCE, ...flags], { stdio: ['ignore', 'ignore', 'ignore'] });
  mkdirSync(mount);
  mkdirSync(source, { recursive: true });
  const child = spawn(program, ['-f', '-o', `source=${source},cache=auto,writeback`, mount], { stdio: 'ignore', cwd: '/' });
  for (let i = 0; i < 100 && !isMounted(mount); i++) await new Promise((resolve) => setTimeout(resolve, 50));
  return {
    mount,
    stop() {
      execFileSync('fusermount3', ['-u', '-z', mount]);
      child.kill();
      rmSync(source, { recursive: true, force: true });
    },
  };
}

const isMounted = (path: string): boolean => execFileSync('cat', ['/proc/mounts'], { encoding: 'utf8' }).includes(` ${path} `);

/** Rows that the agent has dropped so far: a throughput that was bought with evidence has to say so. */
async function lostOf(agent: Agent): Promise<number> {
  const { runs } = await agent.json<{ runs: { agent: { lost: string } | null }[] }>('status');
  return Number(runs[0]?.agent?.lost);
}

/** Random 4 KiB direct reads and sequential throughput of our mount, next to libfuse's C example over the same kind of storage. */
export async function mount(): Promise<void> {
  if (!existsSync(PEER_SOURCE)) {
    process.stdout.write('mount: skipped, Debian package libfuse3-dev is not installed\n');
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'mapscope-bench-')),
    agent = new Agent();
  let peer: Awaited<ReturnType<typeof startPeer>> | undefined;
  try {
    await agent.start(['demo', '--workload', 'none']);
    peer = await startPeer(folder);
    const files = { ours: join(agent.mount, 'plain/bench'), peer: join(peer.mount, 'bench') };
    const jobs = [
      {
        name: 'random 4 KiB direct reads',
        words: ['--rw=randread', '--bs=4k', '--direct=1', '--runtime=2', '--time_based'],
        value: (job: Fio['jobs'][number]) => job.read.iops,
        say: perSecond,
      },
      {
        name: 'sequential reads, cache dropped by direct I/O of 1 MiB',
        words: ['--rw=read', '--bs=1M', '--direct=1', '--runtime=2', '--time_based'],
        value: (job: Fio['jobs'][number]) => job.read.bw_bytes,
        say: megabytes,
      },
      {
        name: 'sequential buffered writes with fsync at the end',
        words: ['--rw=write', '--bs=1M', '--end_fsync=1'],
        value: (job: Fio['jobs'][number]) => job.write.bw_bytes,
        say: megabytes,
      },
    ];
    for (const file of Object.values(files)) fio(file, ['--rw=write', '--bs=1M', '--end_fsync=1']);
    for (const { name, words, value, say } of jobs) {
      const lost = await lostOf(agent),
        cpu = cpuMs(agent.pid);
      let operations = 0;
      const [a, b] = await interleave(
        PAIRS,
        () => {
          const job = fio(files.ours, words);
          operations += job.read.total_ios + job.write.total_ios;
          return value(job);
        },
        () => value(fio(files.peer, words)),
      );
      print({
        name,
        ours: say(median(a)),
        peer: say(median(b)),
        ratio: sayRatio(ratioOf(a, b)),
        how: `fio psync 64 MiB, events recorded and served meanwhile; peer passthrough_ll (libfuse ${version()}) on /dev/shm; ${PAIRS} pairs; an operation cost ${sayCpu(cpu, cpuMs(agent.pid), operations)}; ${(await lostOf(agent)) - lost} rows lost`,
      });
    }
  } finally {
    peer?.stop();
    await agent.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB/s`;
const version = (): string => execFileSync('pkg-config', ['--modversion', 'fuse3'], { encoding: 'utf8' }).trim();
