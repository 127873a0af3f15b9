import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { findTracefs, releaseDead } from '../../host/index.ts';
import { Undo } from './live.ts';
import { noLoop } from './loops.ts';

const undo = new Undo();
afterEach(() => undo.release());
const isMounted = (path: string): boolean => readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${path} `);

/** What a process may leave when it is killed, and why it cannot be made here. */
const left: readonly (readonly [what: string, why: string | undefined])[] = [
  ['loop', noLoop('ext4')],
  [
    'tracefs',
    process.getuid?.() !== 0 ? 'not root' : (await findTracefs(0)).path === null ? undefined : 'tracefs is mounted where systems mount it',
  ],
];

describe('note', () => {
  for (const [what, why] of left)
    test.skipIf(why !== undefined)(
      `leaves a record by which the next process releases the ${what} mount of one that was killed${why ? ` (skipped: ${why})` : ''}`,
      async () => {
        const TMPDIR = undo.folder('killed'),
          records = join(TMPDIR, 'records');
        const hold = async (): Promise<[ChildProcess, string]> => {
          const program = join(process.env['MAPSCOPE_PROGRAMS']!, 'hold.mjs'),
            child = spawn(process.execPath, [program, what], {
              env: { ...process.env, TMPDIR, MAPSCOPE_TEST_RECORDS: records },
              stdio: ['ignore', 'pipe', 'inherit'],
            });
          undo.add(() => child.kill('SIGKILL'));
          const [line] = (await once(child.stdout!, 'data')) as [Buffer];
          return [child, JSON.parse(line.toString()) as string];
        };
        const [first, old] = await hold();
        first.kill('SIGKILL');
        await once(first, 'exit');
        expect(isMounted(old)).toBe(true);
        const [second, own] = await hold();
        expect([isMounted(old), existsSync(old), isMounted(own)]).toEqual([false, false, true]);
        second.kill('SIGKILL');
        await once(second, 'exit');
        // Here nobody comes after it but this test.
        expect((await releaseDead(records)).left).toEqual([]);
        expect(isMounted(own)).toBe(false);
      },
      60_000,
    );
});
