import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type * as Fs from 'node:fs';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { mountLoop } from '../sources/testing/loops.ts';
import { titled } from './testing/agent.ts';
import { ringsOf } from './testing/rings.ts';
import { setUpWatching } from './testing/watching.ts';

const here = await setUpWatching();
const SECONDS = 600;
/** Each makes four records: the call, its mapping, the call that ends it, and the folio that becomes dirty or is taken. */
const WRITES = 27_000;

/** Rewrites blocks of a file, so many a second. Its text runs in a process of its own. */
function rewrite(fs: typeof Fs, file: string, rate: number): void {
  const fd = fs.openSync(file, 'w'),
    block = Buffer.alloc(4096, 1),
    begun = performance.now();
  let done = 0;
  setInterval(() => {
    for (const due = ((performance.now() - begun) / 1000) * rate; done < due; done++)
      fs.writeSync(fd, block, 0, 4096, (done % 20_000) * 4096);
  }, 2);
}

const why = process.env['MAPSCOPE_LONG'] === '1' ? here.whyNot('xfs') : 'it takes ten minutes: npm run test:long';
describe.skipIf(why !== undefined)(titled('mapscope watch', why), { timeout: (SECONDS + 60) * 1000 }, () => {
  test('needs no more memory behind ten minutes of 100,000 events a second than behind three', async () => {
    const { at } = mountLoop(here.undo, 'xfs'),
      watch = await here.place.start('watch', at, '--spool', '64M'),
      words = ['-e', `(${rewrite.toString()})(require('fs'), process.argv[1], ${WRITES})`, join(at, 'file')],
      writer: ChildProcess = spawn(process.execPath, words, { stdio: 'ignore' }),
      sizes: Record<'collector' | 'server', number[]> = { collector: [], server: [] };
    here.undo.add(() => writer.kill('SIGKILL'));
    const before = ringsOf(watch.record);
    for (let second = 0; second < SECONDS; second++) {
      await sleep(1000);
      for (const role of ['collector', 'server'] as const) sizes[role].push(residentOf(watch.pidOf(role)));
    }
    const after = ringsOf(watch.record);
    writer.kill('SIGKILL');
    await once(writer, 'exit');
    expect(Number(after.read - before.read) / SECONDS).toBeGreaterThan(100_000);
    expect(after.lost).toBe(0n);
    for (const role of ['collector', 'server'] as const) {
      const early = median(sizes[role].slice(120, 240)),
        late = median(sizes[role].slice(-120)),
        figures = `${role}: ${early} MiB behind three minutes, ${late} MiB behind ten, ${Math.max(...sizes[role])} MiB at most`;
      process.stdout.write(`${figures}\n`);
      expect(late, figures).toBeLessThan(1.1 * early);
    }
    watch.child.kill('SIGTERM');
    expect((await watch.ended()).code).toBe(0);
  });
});

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;
/** Resident memory of a process, MiB. */
const residentOf = (pid: number): number =>
  Math.round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024);
