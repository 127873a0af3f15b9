import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monotonic } from '@mapscope/native';
import { expect, test, vi } from 'vitest';
import { probeCachestat } from '../../sources/pagecache/index.ts';
import { CacheLooks } from './cache-looks.ts';

test.skipIf(!probeCachestat().ok)(
  'CacheLooks is idle once each file was looked at, though one that stays dirty is looked at again',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mapscope-looks-')),
      file = join(folder, 'dirty');
    const looks = new CacheLooks({
      open: () => {
        const fd = openSync(file, 'r');
        return Promise.resolve({ fd, size: 8192n, close: () => closeSync(fd) });
      },
      stream: { take: () => undefined, end: () => undefined, passed: 0n },
      hasRoom: () => true,
      seesWriteback: () => false,
    });
    // Whoever syncs meanwhile makes it clean.
    const writer = openSync(file, 'w'),
      write = (): number => writeSync(writer, Buffer.alloc(8192), 0, 8192, 0),
      timer = setInterval(write, 5);
    try {
      write();
      looks.ask(1);
      expect(looks.isIdle).toBe(false);
      looks.tick(monotonic());
      await vi.waitUntil(() => looks.isIdle);
      await vi.waitUntil(() => {
        looks.tick(monotonic());
        return looks.count > 1;
      });
    } finally {
      clearInterval(timer);
      closeSync(writer);
      await looks.end();
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
