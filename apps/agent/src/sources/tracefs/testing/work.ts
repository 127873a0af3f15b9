import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from './random.ts';
import type { Workbench } from './workbench.ts';

/** A step of a workload: words of `xfs_io` on a file, of `acts` (acts.c), or what the shell would do. */
export type Act =
  | { readonly does: 'io'; readonly file: string; readonly open: string; readonly words: readonly string[] }
  | { readonly does: 'acts'; readonly what: string; readonly file: string; readonly words: readonly string[] }
  /** What pages of the work can be taken back is. */
  | { readonly does: 'reclaim' }
  /** Words of `xfs_io`, while the device answers EIO to every write. */
  | { readonly does: 'fail'; readonly file: string; readonly open: string; readonly words: readonly string[] }
  | { readonly does: 'rename'; readonly from: string; readonly to: string }
  | { readonly does: 'remove'; readonly file: string };

export interface WorkOptions {
  readonly blockSize: number;
  readonly hasReflink: boolean;
  /** Collapse and insert range. */
  readonly moves: boolean;
  readonly files: number;
  /** Bytes that a file may have. */
  readonly most: number;
  /** The device can be made to answer EIO. */
  readonly fails?: boolean;
}

/** `n` random acts on a few files. */
export function randomWork(seed: number, n: number, options: WorkOptions): Act[] {
  const random = new Random(seed),
    acts: Act[] = [];
  while (acts.length < n) acts.push(...act(random, options));
  return acts;
}

function act(random: Random, { blockSize, hasReflink, moves, files, most, fails = false }: WorkOptions): Act[] {
  const name = (): string => `f${random.below(files)}`,
    file = name(),
    byte = (): number => random.below(most),
    block = (below = most): number => random.below(Math.max(1, Math.floor(below / blockSize))) * blockSize,
    some = (): number => 1 + random.below(random.one([100, 5000, 70_000, 400_000])),
    blocks = (): number => (1 + random.below(random.one([2, 8, 64]))) * blockSize;
  const io = (words: string, open = ''): Act[] => [{ does: 'io', file, open, words: words.split(' ') }];
  const acts = (what: string, ...words: number[]): Act[] => [{ does: 'acts', what, file, words: words.map(String) }];
  const choices: [weight: number, make: () => Act[]][] = [
    [12, () => io(`pwrite -q -S 0x${(1 + random.below(254)).toString(16)} ${byte()} ${some()}`)],
    [4, () => io(`pwrite -q -b 4096 ${block()} ${blocks()}`)],
    [3, () => io(`pread -q ${byte()} ${some()}`)],
    [5, () => io(`pwrite -q -b ${random.one([blockSize, 65_536])} ${block()} ${blocks()}`, '-d')],
    [2, () => io(`pread -q -b 65536 ${block()} ${blocks()}`, '-d')],
    [2, () => io(`pwrite -q -b 512 ${random.below(most / 512) * 512} 1536`, '-d')],
    [1, () => io(`pwrite -q -D -V 1 ${byte()} ${some()}`)],
    [1, () => io(`pwrite -q -D -V 1 -b 65536 ${block()} ${blocks()}`, '-d')],
    [1, () => io(`pwrite -q -N -V 1 -b 16384 ${block()} ${blocks()}`, '-d')],
    [1, () => io(`pwrite -q -N -V 1 ${byte()} ${some()}`)],
    [2, () => acts('aio', block(), random.one([blockSize, 16_384]), 1 + random.below(12))],
    [1, () => acts('short', byte(), 1 + random.below(9000))],
    [1, () => acts('swap', 10 + random.below(50))],
    [1, () => [{ does: 'reclaim' }]],
    [5, () => mapped(file, block(), blocks(), random)],
    [4, () => io(`falloc ${random.one(['', '-k '])}${byte()} ${some()}`)],
    [3, () => io(`fpunch ${byte()} ${some()}`)],
    [3, () => io(`fzero ${random.one(['', '-k '])}${byte()} ${some()}`)],
    [5, () => io(`truncate ${random.one([byte(), block(), 0, most])}`)],
    [3, () => io('fsync')],
    [1, () => io('fdatasync')],
    [2, () => io('fadvise -d 0 0')],
    [1, () => io('syncfs')],
    [1, () => [{ does: 'rename', from: file, to: name() }]],
    [1, () => [{ does: 'remove', file }]],
  ];
  // Neither needs the journal, which must not fail.
  const failing = (open: string, words: string): Act[] => [{ does: 'fail', file, open, words: words.split(' ') }];
  if (fails)
    choices.push(
      [4, () => failing('', `pwrite -q ${byte()} ${some()} ; sync_range -w -a 0 ${most}`)],
      [2, () => failing('-d', `pwrite -q -b 65536 ${block()} ${blocks()}`)],
    );
  if (moves) choices.push([2, () => io(`fcollapse ${block()} ${blocks()}`)], [2, () => io(`finsert ${block()} ${blocks()}`)]);
  if (hasReflink)
    choices.push(
      [4, () => io(`reflink @${name()} ${block()} ${block()} ${blocks()}`)],
      [2, () => io(`reflink @${name()}`)],
      [2, () => io(`dedupe @${name()} ${block()} ${block()} ${blocks()}`)],
      [1, () => io(`funshare ${block()} ${blocks()}`)],
    );
  let at = random.below(choices.reduce((sum, [weight]) => sum + weight, 0));
  for (const [weight, make] of choices) if ((at -= weight) < 0) return make();
  return [];
}

/** Stores and loads through a mapping of a range that the file has. */
function mapped(file: string, from: number, length: number, random: Random): Act[] {
  const page = 4096,
    start = Math.floor(from / page) * page,
    size = Math.ceil(length / page) * page,
    words = ['truncate-at-least', String(start + size)];
  const at = start + random.below(size),
    n = Math.min(1 + random.below(9000), start + size - at);
  return [
    { does: 'io', file, open: '', words },
    {
      does: 'io',
      file,
      open: '',
      words: [
        'mmap',
        '-rw',
        String(start),
        String(size),
        ';',
        random.one(['mwrite', 'mwrite', 'mread']),
        String(at),
        String(n),
        ';',
        random.one(['msync -s', 'mincore', 'munmap']),
        ';',
      ],
    },
  ];
}

/** Does the acts one after the other in processes of their own. Those that the filesystem refuses change nothing, and are no error. */
export async function work(folder: string, acts: readonly Act[], bench: Workbench): Promise<void> {
  let lines: string[] = [];
  const run = async (): Promise<void> => {
    if (lines.length === 0) return;
    const input = script(lines);
    lines = [];
    await bench.run('xfs_io', [], input, folder);
  };
  for (const act of acts) {
    if (act.does === 'io') lines.push(...linesOf(folder, act));
    else {
      await run();
      if (act.does === 'remove') rmSync(join(folder, act.file), { force: true });
      else if (act.does === 'acts') await bench.run(bench.acts, [act.what, join(folder, act.file), ...act.words], '', folder);
      else if (act.does === 'reclaim') await bench.reclaim(folder);
      else if (act.does === 'fail') await bench.whileFailing(folder, () => bench.run('xfs_io', [], script(linesOf(folder, act)), folder));
      else
        try {
          renameSync(join(folder, act.from), join(folder, act.to));
        } catch {
          // There is no such file yet.
        }
    }
  }
  await run();
}

const script = (lines: readonly string[]): string => `${lines.join('\n')}\nquit\n`;

function linesOf(folder: string, { file, open, words }: Act & { does: 'io' | 'fail' }): string[] {
  const path = join(folder, file),
    [first, ...rest] = words;
  if (first === 'truncate-at-least') return [`open -f ${path}`, `pwrite -q ${Number(rest[0]) - 1} 1`, 'close'];
  const said = words.map((word) => (word.startsWith('@') ? join(folder, word.slice(1)) : word)).join(' ');
  return [
    `open -f ${open} ${path}`,
    ...said
      .split(';')
      .map((it) => it.trim())
      .filter((it) => it !== ''),
    'close',
  ];
}
