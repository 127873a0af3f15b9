import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mountFuse, readMountTable } from '@mapscope/fuse';
import { mount, umount } from '@mapscope/native';
import { isProblem } from '@mapscope/shared/units';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { identify, isAlive } from './identity.ts';
import { freeLoop } from './loops.ts';
import { releaseRun } from './release.ts';
import { createRun, type Run } from './run-folder.ts';

const isRoot = process.getuid?.() === 0;
const noFuse = isRoot && existsSync('/dev/fuse') ? undefined : 'needs root and /dev/fuse';
const noLoop = isRoot && existsSync('/dev/loop-control') ? undefined : 'needs root and loop devices';

let folder: string, run: Run;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mapscope-release-'));
  run = createRun(join(folder, 'runtime'), ['demo'], 0);
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const isMountedAt = async (path: string): Promise<boolean> => (await readMountTable()).some((row) => row.path === path);

describe('releaseRun', () => {
  test('leaves a run alone whose lock is held', async () => {
    run.note({ temp: [join(folder, 'kept')] });
    mkdirSync(join(folder, 'kept'));
    expect(await releaseRun(run.folder)).toBeUndefined();
    expect(existsSync(join(folder, 'kept'))).toBe(true);
    run.unlock();
  });

  test('undoes what the record names, then the folder, and says so', async () => {
    const temp = join(folder, 'images');
    mkdirSync(temp);
    writeFileSync(join(temp, 'img0'), 'x');
    run.note({ temp: [temp, join(folder, 'never-made')] });
    run.unlock();
    expect(await releaseRun(run.folder)).toEqual({ done: [`removed ${temp}`, `removed ${run.folder}`], left: [] });
    expect(existsSync(temp) || existsSync(run.folder)).toBe(false);
    expect(await releaseRun(run.folder)).toBeUndefined();
  });

  test('keeps a folder whose record cannot be read: nothing else knows what there is to undo', async () => {
    run.unlock();
    writeFileSync(join(run.folder, 'run.json'), '{"id":"of another version"}');
    expect(await releaseRun(run.folder)).toMatchObject({ done: [], left: [expect.stringContaining('run.json cannot be read')] });
    expect(existsSync(run.folder)).toBe(true);
    rmSync(join(run.folder, 'run.json'));
    expect(await releaseRun(run.folder)).toMatchObject({ left: [] });
  });

  test('ends the processes of the record, but nobody who has got the number of one', async () => {
    const [ours, stranger] = [0, 1].map(() => {
      const child = spawn('sleep', ['60'], { stdio: 'ignore' });
      children.push(child);
      return identify(child.pid!)!;
    });
    run.note({
      processes: [
        { role: 'server', ...ours! },
        { role: 'session', pid: stranger!.pid, startTicks: stranger!.startTicks - 1 },
      ],
    });
    run.unlock();
    expect((await releaseRun(run.folder))?.done).toContain(`ended server (process ${ours!.pid})`);
    expect([isAlive(ours!), isAlive(stranger!)]).toEqual([false, true]);
  });

  test('keeps the folder while something cannot be undone, and ends it at the next try', async ({ skip }) => {
    if (!isRoot) skip('needs root to mount');
    const temp = join(folder, 'temp'),
      inside = join(temp, 'somebody');
    mkdirSync(inside, { recursive: true });
    expect(mount('tmpfs', inside, 'tmpfs', 0, 'size=64k')).toBe(0);
    try {
      run.note({ temp: [temp] });
      run.unlock();
      expect(await releaseRun(run.folder)).toEqual({ done: [], left: [`${temp}: ${inside} is mounted below it`] });
      expect(existsSync(run.folder) && existsSync(inside)).toBe(true);
    } finally {
      umount(inside, { detach: true });
    }
    expect((await releaseRun(run.folder))?.left).toEqual([]);
    expect(existsSync(temp)).toBe(false);
  });

  test('aborts and unmounts the mount of the record, and frees who waits for it', async ({ skip }) => {
    if (noFuse) skip(noFuse);
    const target = join(folder, 'mnt'),
      source = `mapscope-${run.id}`;
    mkdirSync(target);
    run.note({ mounts: [{ path: target, type: 'fuse', source, device: null, fuseConnection: null }] });
    // Nobody ever answers on this descriptor: whoever touches the mount waits.
    const mounted = await mountFuse({ target, name: source });
    if (isProblem(mounted)) throw new Error(mounted.message);
    const waiting = spawn('stat', [join(target, 'x')], { stdio: 'ignore' });
    children.push(waiting);
    const ended = new Promise((resolve) => waiting.on('exit', resolve));
    run.unlock();
    expect(await releaseRun(run.folder)).toEqual({ done: [`unmounted ${target}`, `removed ${run.folder}`], left: [] });
    expect(await isMountedAt(target)).toBe(false);
    expect(await ended).not.toBe(0);
  });

  test.for(['fuse', 'ext4'] as const)("leaves somebody else's mount where a mount of ours was to be (%s)", async (type, { skip }) => {
    if (!isRoot) skip('needs root to mount');
    const target = join(folder, 'mnt');
    mkdirSync(target);
    expect(mount('somebody', target, 'tmpfs', 0, 'size=64k')).toBe(0);
    try {
      run.note({ mounts: [{ path: target, type, source: `mapscope-${run.id}`, device: null, fuseConnection: null }] });
      run.unlock();
      expect((await releaseRun(run.folder))?.left).toEqual([]);
      expect(await isMountedAt(target)).toBe(true);
    } finally {
      umount(target, { detach: true });
    }
  });

  test('removes the trace instance, then the tracefs that was mounted for it', async ({ skip }) => {
    if (!isRoot) skip('needs root to mount tracefs');
    const path = join(run.folder, 'tracing'),
      source = `mapscope-${run.id}`,
      instance = join(path, 'instances', source);
    mkdirSync(path);
    if (mount(source, path, 'tracefs', 0, '') < 0) skip('this kernel has no tracefs');
    run.note({ mounts: [{ path, type: 'tracefs', source, device: null, fuseConnection: null }], instances: [instance] });
    mkdirSync(instance);
    run.unlock();
    expect(await releaseRun(run.folder)).toEqual({ done: [`removed trace instance ${instance}`, `removed ${run.folder}`], left: [] });
    expect(await isMountedAt(path)).toBe(false);
  });

  test('unmounts a filesystem on a loop device, and frees the device though its number was never noted', async ({ skip }) => {
    if (noLoop) skip(noLoop);
    const temp = join(folder, 'temp'),
      backing = join(temp, 'image'),
      at = join(temp, 'mnt');
    mkdirSync(at, { recursive: true });
    writeFileSync(backing, Buffer.alloc(4 << 20));
    run.note({
      temp: [temp],
      loops: [{ device: null, backing }],
      mounts: [{ path: at, type: 'ext4', source: 'not known', device: null, fuseConnection: null }],
    });
    if (spawnSync('mkfs.ext4', ['-q', '-F', backing]).status !== 0) skip('no mkfs.ext4');
    const device = spawnSync('losetup', ['-f', '--show', backing], { encoding: 'utf8' }).stdout.trim();
    expect(mount(device, at, 'ext4', 0, '')).toBe(0);
    run.unlock();
    expect(await releaseRun(run.folder)).toEqual({
      done: [`unmounted ${at}`, `freed ${device}`, `removed ${temp}`, `removed ${run.folder}`],
      left: [],
    });
  });

  test('frees the loop device that still has its backing file, and no other', async ({ skip }) => {
    if (noLoop) skip(noLoop);
    const backing = join(folder, 'image'),
      other = join(folder, 'other');
    for (const path of [backing, other]) writeFileSync(path, Buffer.alloc(1 << 20));
    const attach = (path: string): string => spawnSync('losetup', ['-f', '--show', path], { encoding: 'utf8' }).stdout.trim();
    const ours = attach(backing),
      theirs = attach(other);
    try {
      if (!ours || !theirs) skip('losetup does not work here');
      run.note({
        loops: [
          { device: ours, backing },
          { device: theirs, backing },
        ],
      });
      run.unlock();
      expect(await releaseRun(run.folder)).toEqual({ done: [`freed ${ours}`, `removed ${run.folder}`], left: [] });
      expect(readFileSync(`/sys/class/block/${theirs.slice(5)}/loop/backing_file`, 'utf8').trim()).toBe(other);
    } finally {
      await freeLoop(ours, backing);
      await freeLoop(theirs, other);
    }
  });
});
