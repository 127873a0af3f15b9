import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mount, umount } from '@mapscope/native';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openScenes, play, seeded } from './index.ts';
import type { Scene } from './scene.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mapscope-workload-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const stage = (at: string): void => {
  for (const name of ['plain', 'striped', 'fragmented', 'tiny']) mkdirSync(join(at, name), { recursive: true });
};

/** Plays `steps` steps as fast as they go. Answers what failed, by scene. */
async function playSome(scenes: readonly Scene[], steps: number): Promise<readonly string[]> {
  const failed: string[] = [],
    over = new AbortController();
  let done = 0;
  const counted = scenes.map((scene) => ({
    ...scene,
    step: () => {
      if (++done === steps) over.abort();
      scene.step();
    },
  }));
  await play(counted, { stepsPerSecond: 1e6, run: 3 }, over.signal, (scene, code) => failed.push(`${code} ${scene}`));
  for (const scene of scenes) scene.close();
  return failed;
}

describe('the workload', () => {
  test('writes the same bytes for the same seed, in any folder that can be written', async () => {
    const contents: Buffer[] = [];
    for (const name of ['a', 'b']) {
      stage(join(folder, name));
      // Direct I/O wants aligned memory on a disk filesystem, unlike on FUSE: that scene may be refused here.
      const scenes = openScenes({ folder: join(folder, name), random: seeded(7), size: 1 }).filter(
        ({ name }) => !name.includes('past the page cache'),
      );
      expect(await playSome(scenes, 400)).toEqual([]);
      contents.push(readFileSync(join(folder, name, 'plain/table.db')));
    }
    expect(contents[0]!.length).toBeGreaterThan(4096);
    expect(contents[0]!.equals(contents[1]!)).toBe(true);
    expect(statSync(join(folder, 'a/plain/sparse.bin')).blocks * 512).toBeLessThan(statSync(join(folder, 'a/plain/sparse.bin')).size);
  });

  test('makes room for itself when there is none, and goes on', async ({ skip }) => {
    if (process.getuid?.() !== 0) skip('needs root to mount a small tmpfs');
    expect(mount('tmpfs', folder, 'tmpfs', 0, 'size=2m')).toBe(0);
    try {
      stage(folder);
      const failed = await playSome(openScenes({ folder, random: seeded(1), size: 1 }), 2000);
      expect(failed.filter((each) => each.startsWith('ENOSPC')).length).toBeGreaterThan(2);
      expect(failed.length).toBeLessThan(1000);
    } finally {
      umount(folder, { detach: true });
    }
  });
});

test('seeded gives the same numbers again, and others for another seed', () => {
  const some = (seed: number): readonly number[] => {
    const random = seeded(seed);
    return Array.from({ length: 20 }, () => random.below(1000));
  };
  expect(some(3)).toEqual(some(3));
  expect(some(3)).not.toEqual(some(4));
});
