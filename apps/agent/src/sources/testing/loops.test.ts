import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { backingOf } from '../../host/index.ts';
import { Undo } from './live.ts';
import { mountLoop, noLoop } from './loops.ts';

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
