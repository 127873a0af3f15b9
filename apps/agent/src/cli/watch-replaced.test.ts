import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { mountLoop, type OnLoop } from '../sources/testing/loops.ts';
import { askOnce } from './agent-socket.ts';
import { titled } from './testing/agent.ts';
import { setUpWatching } from './testing/watching.ts';

const here = await setUpWatching(),
  { undo } = here;
const names = ['first', 'second', 'third'];

describe.each(['xfs', 'ext4', 'btrfs'] as const)('mapscope watch on %s', (type: OnLoop) => {
  const why = here.whyNot(type);
  test.skipIf(why !== undefined)(
    titled(
      'has each file once that is replaced by another of its name, as editors save, whatever number that gets, and knows all of it',
      why,
    ),
    async () => {
      const { at } = mountLoop(undo, type),
        { record, child, ended } = await here.place.start('watch', at, '--no-refresh'),
        files = names.map((name) => join(at, name));
      for (let turn = 0; turn < 300; turn++) {
        const file = files[turn % files.length]!;
        // Freed before the next is made: its number is given again.
        if (turn % 7 === 0) rmSync(file, { force: true });
        writeFileSync(join(at, 'saving'), Buffer.alloc(4096 * (1 + (turn % 9)), turn));
        renameSync(join(at, 'saving'), file);
        if (turn % 3 === 0) await sleep(turn % 31);
      }
      const watched = async (): Promise<readonly string[]> =>
        ((await askOnce(record.socket, { files: true }, 5000)) as { files: string[] }).files.toSorted();
      await vi.waitFor(async () => expect(await watched()).toEqual(files), { timeout: 15_000, interval: 100 });
      const { out } = await here.place.mapscope('verify', '--json', ...files),
        verdicts = out
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as { verdict: string; differences: unknown[] });
      expect(verdicts).toMatchObject(
        files.map((file) => ({ file, verdict: type === 'btrfs' ? expect.any(String) : 'same', differences: [] })),
      );
      child.kill('SIGTERM');
      expect((await ended()).code).toBe(0);
    },
  );
});
