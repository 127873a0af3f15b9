/*
 * Runs inside the guest of e2e/guest/dax-guest.sh, whose /dev/pmem0 is persistent memory mounted dax=always on /mnt/dax: does its work in steps, lives on
 * tracepoints alone, and prints after each, a JSON object a line, how its maps agree with FIEMAP and which faults it has seen.
 */
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { OpType } from '@mapscope/shared/trace';
import { OpFlag, VmFault } from '@mapscope/shared/wire';
import { Undo } from '../../testing/live.ts';
import { noAgreement, Traced } from './traced.ts';

const AT = '/mnt/dax';
const NODE = '/dev/pmem0';
const PMD = 2n << 20n;

/** What a step came to. */
export interface Step {
  readonly step: string;
  readonly kernel: string;
  /** Pages of all files, compared with FIEMAP after it. */
  readonly pages: number;
  readonly known: number;
  readonly wrong: readonly string[];
  /** Ranges of folios that the model has of any file. */
  readonly folios: number;
  /** DAX faults that began in it: of 2 MiB, of them those that fell back, of 4 KiB, of them those that a fallback led to. */
  readonly faults: { readonly pmd: number; readonly fallback: number; readonly pte: number; readonly led: number };
  readonly lost: string;
}

const undo = new Undo(),
  traced = await Traced.start(undo, { path: '/sys/kernel/tracing' }, 'xfs', { at: AT, loop: NODE }, 4096);

/** Commands of `xfs_io`; `@x` is a file on the mount. */
const io = (...words: string[]): void =>
  void execFileSync(
    'xfs_io',
    words.map((word) => word.replaceAll('@', `${AT}/`)),
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );

let seen = new Set<number>();
async function step(name: string, act: () => void | Promise<void>): Promise<void> {
  await act();
  await traced.settled();
  const found = noAgreement(),
    { ops, files } = traced.model;
  for (const file of readdirSync(AT).sort()) if (!(await traced.compare(join(AT, file), found, false))) found.wrong.push(`${file} is busy`);
  const all = [...ops.endedSlots(), ...ops.openSlots()].map((slot) => ops.at(slot)),
    faults = all.filter(({ type, flags, op }) => type === OpType.fault && (flags & OpFlag.DAX) !== 0 && !seen.has(op)),
    fellBack = new Set(
      all.filter(({ type, endFlags }) => type === OpType.fault && (endFlags & VmFault.FALLBACK) !== 0).map(({ op }) => op),
    ),
    // Within a fault the iterator's steps are faults too: those of the bracket have its whole page.
    pmd = faults.filter(({ length }) => length === PMD),
    pte = faults.filter(({ length }) => length === 4096n);
  seen = new Set(all.map(({ op }) => op));
  const said: Step = {
    step: name,
    kernel: release(),
    pages: found.map.all,
    known: found.map.known,
    wrong: found.wrong.slice(0, 10),
    folios: [...files.all()].reduce((sum, file) => sum + file.folios.size, 0),
    faults: {
      pmd: pmd.length,
      fallback: pmd.filter(({ op }) => fellBack.has(op)).length,
      pte: pte.length,
      led: pte.filter(({ parent }) => fellBack.has(parent)).length,
    },
    lost: String(traced.lost),
  };
  process.stdout.write(`${JSON.stringify(said)}\n`);
}

try {
  await step('write', () => io('-f', '-c', 'pwrite -q -b 64k 0 8m', '-c', 'fsync', '@a'));
  await step('faults of 4 KiB', () =>
    io('-f', '-c', 'truncate 4m', '-c', 'mmap -rw 1m 512k', '-c', 'mwrite 1m 64k', '-c', 'msync -s', '@b'),
  );
  await step('faults of 2 MiB', () => io('-f', '-c', 'falloc 0 8m', '-c', 'mmap -rw 0 8m', '-c', 'mwrite 0 8m', '@c'));
  await step('a hole that is read, then written', () =>
    io('-f', '-c', 'truncate 6m', '-c', 'mmap -rw 0 6m', '-c', 'mread 2m 4k', '-c', 'mwrite 2101248 8k', '@d'),
  );
  await step('a page that has no 2 MiB', () =>
    io('-f', '-c', 'pwrite -q 0 4k', '-c', 'truncate 4m', '-c', 'mmap -rw 0 4m', '-c', 'mwrite 0 4k', '@f'),
  );
  await step('stores after the first fault', () => storesAgain());
  await step('zero range', () => io('-c', 'fzero 1m 100k', '-c', 'fzero 3146752 300k', '@a'));
  await step('truncate', () => io('-c', 'truncate 6291579', '-c', 'truncate 7m', '@a'));
  await step('punch', () => io('-c', 'fpunch 4m 64k', '-c', 'fpunch 4500000 10000', '@a'));
  await step('clone, and a copy on write', () =>
    io('-f', '-c', 'reflink @a', '-c', 'pwrite -q 1052672 12k', '-c', 'mmap -rw 2m 64k', '-c', 'mwrite 2m 5000', '-c', 'fsync', '@h'),
  );
  await step('unshare', () => io('-c', 'funshare 0 1m', '-c', 'fsync', '@h'));
  await step('dedupe', () => io('-f', '-c', 'pwrite -q -b 64k 0 256k', '-c', 'dedupe @a 0 0 64k', '-c', 'fsync', '@i'));
  await step('collapse and insert', () => io('-c', 'fcollapse 1m 64k', '-c', 'finsert 2m 128k', '@b'));
} finally {
  await undo.release();
}

/** A program that stores into one page of a mapping again and again: the first makes a fault, and no tool sees the others. */
function storesAgain(): Promise<void> {
  const words = [
      '-f',
      '-c',
      'truncate 2m',
      '-c',
      'mmap -rw 0 64k',
      ...Array.from({ length: 50 }, (_, i) => ['-c', `mwrite ${i * 16} 16`]).flat(),
    ],
    child = spawn('xfs_io', [...words, `${AT}/e`], { stdio: 'ignore' });
  return new Promise((done) => child.on('exit', () => done()));
}
