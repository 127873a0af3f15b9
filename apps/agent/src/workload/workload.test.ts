import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mount, umount } from '@mapscope/native';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { attempt } from './attempt.ts';
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

/** Direct I/O is refused by some folders of tests. */
const noneLeftOut = (scene: string, code: string): void => expect([scene, code]).toEqual(['direct', 'EINVAL']);

describe('the workload', () => {
  test('writes the same bytes for the same seed, in any folder that can be written', async () => {
    const contents: Buffer[] = [];
    for (const name of ['a', 'b']) {
      stage(join(folder, name));
      // Direct I/O wants aligned memory on a disk filesystem, unlike on FUSE: that scene may be refused here.
      const scenes = openScenes({ folder: join(folder, name), random: seeded(7), size: 1 }, noneLeftOut).filter(
        ({ name }) => !name.includes('past the page cache'),
      );
      expect(await playSome(scenes, 400)).toEqual([]);
      contents.push(readFileSync(join(folder, name, 'plain/table.db')));
    }
    expect(contents[0]!.length).toBeGreaterThan(4096);
    expect(contents[0]!.equals(contents[1]!)).toBe(true);
    expect(statSync(join(folder, 'a/plain/sparse.bin')).blocks * 512).toBeLessThan(statSync(join(folder, 'a/plain/sparse.bin')).size);
  });

  test('follows no link and waits for no pipe that somebody has put in the place of its files', async () => {
    stage(folder);
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'not yours');
    const traps = [
      'plain/table.db',
      'plain/sparse.bin',
      'plain/punched.bin',
      'plain/direct.bin',
      'striped/copy.bin',
      'fragmented/pieces.bin',
    ];
    for (const name of [...traps, ...Array.from({ length: 8 }, (_, n) => `tiny/note-${n}`)]) symlinkSync(victim, join(folder, name));
    execFileSync('mkfifo', [join(folder, 'plain/app.log')]);
    const out: string[] = [],
      scenes = openScenes({ folder, random: seeded(1), size: 1 }, (scene, code) => out.push(`${scene} ${code}`));
    expect(out).toEqual(['log ENXIO', 'database ELOOP', 'sparse ELOOP', 'direct ELOOP', 'punched ELOOP', 'striped ELOOP', 'pieces ELOOP']);
    expect(await playSome(scenes, 100)).toEqual([]);
    expect(readFileSync(victim, 'utf8')).toBe('not yours');
  });

  test('writes no tiny file through a link that somebody makes the moment it is removed', async () => {
    stage(folder);
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'not yours');
    const racer = spawn(process.execPath, [
      '-e',
      `const { symlinkSync } = require('fs'), [, victim, folder] = process.argv;
       process.stdout.write('runs');
       for (let n = 0; ; n++) try { symlinkSync(victim, folder + '/tiny/note-' + (n % 8)) } catch {}`,
      victim,
      folder,
    ]);
    const ended = once(racer, 'close');
    try {
      await once(racer.stdout, 'data');
      const scene = openScenes({ folder, random: seeded(1), size: 1 }, noneLeftOut).find(({ name }) => name === 'write tiny files')!;
      for (let n = 0; n < 4000 && readFileSync(victim, 'utf8') === 'not yours'; n++) attempt(() => scene.step());
    } finally {
      racer.kill('SIGKILL');
      await ended;
    }
    expect(readFileSync(victim, 'utf8')).toBe('not yours');
  });

  test('makes room for itself when there is none, and goes on', async ({ skip }) => {
    if (process.getuid?.() !== 0) skip('needs root to mount a small tmpfs');
    expect(mount('tmpfs', folder, 'tmpfs', 0, 'size=2m')).toBe(0);
    try {
      stage(folder);
      const failed = await playSome(openScenes({ folder, random: seeded(1), size: 1 }, noneLeftOut), 2000);
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
