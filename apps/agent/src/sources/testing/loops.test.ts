import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { backingOf, releaseDead } from '../../host/index.ts';
import { Undo } from './live.ts';
import { type LoopMount, mountLoop, noLoop } from './loops.ts';

const undo = new Undo();
afterEach(() => undo.release());
const why = noLoop('ext4');
const isMounted = (path: string): boolean => readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${path} `);

test.skipIf(why !== undefined)(
  `mountLoop gives back device, mount and image when it is undone${why ? ` (skipped: ${why})` : ''}`,
  async () => {
    const here = new Undo(),
      { loop, at } = mountLoop(here, 'ext4', { bytes: 64 << 20 }),
      backing = backingOf(loop);
    expect([isMounted(at), backing]).toEqual([true, `${dirname(at)}/image0`]);
    await here.release();
    expect([isMounted(at), backingOf(loop) === backing, existsSync(dirname(at))]).toEqual([false, false, false]);
  },
);

test.skipIf(why !== undefined)(
  `mountLoop leaves a record by which the next one releases what a killed process has left${why ? ` (skipped: ${why})` : ''}`,
  async () => {
    const TMPDIR = undo.folder('killed');
    const hold = async (): Promise<[ChildProcess, LoopMount]> => {
      const words = ['--conditions=mapscope-src', '--import', 'tsx', fileURLToPath(new URL('hold-loop.ts', import.meta.url))],
        child = spawn(process.execPath, words, { env: { ...process.env, TMPDIR }, stdio: ['ignore', 'pipe', 'inherit'] });
      undo.add(() => child.kill('SIGKILL'));
      const [line] = (await once(child.stdout!, 'data')) as [Buffer];
      return [child, JSON.parse(line.toString()) as LoopMount];
    };
    const [first, left] = await hold();
    first.kill('SIGKILL');
    await once(first, 'exit');
    expect(isMounted(left.at)).toBe(true);
    const [second, own] = await hold();
    expect([isMounted(left.at), existsSync(dirname(left.at)), isMounted(own.at)]).toEqual([false, false, true]);
    second.kill('SIGKILL');
    await once(second, 'exit');
    // Here nobody comes after it but this test.
    expect((await releaseDead(`${TMPDIR}/mapscope-tests-0`)).left).toEqual([]);
    expect(isMounted(own.at)).toBe(false);
  },
  60_000,
);
