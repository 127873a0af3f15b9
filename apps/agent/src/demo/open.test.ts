import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Entry } from '@mapscope/fuse';
import { mount, umount } from '@mapscope/native';
import { isProblem } from '@mapscope/shared/units';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { freeBytes } from '../host/index.ts';
import { openDemo } from './index.ts';
import type { DemoOptions } from './index.ts';
import { BLOCK, bytes, filled, folder, MiB, ok, open, removeFolders, Rig } from './testing/rig.ts';
import { TinyEngine } from './testing/tiny-engine.ts';

afterEach(removeFolders);

const codeOf = (options: DemoOptions): string => {
  const fs = openDemo(options);
  if (isProblem(fs)) return fs.code;
  fs.destroy();
  return 'opened';
};

describe('openDemo', () => {
  test('makes a temporary volume with a directory for each layout, and destroy removes the images', () => {
    const fs = open({ deviceBytes: 2 * MiB }),
      images = fs.devices().map((device) => device.path);
    expect(new Set([...fs.files()].map((file) => Buffer.from(file.path).toString()))).toEqual(
      new Set(['', 'plain', 'striped', 'fragmented', 'tiny']),
    );
    expect(images.every(existsSync)).toBe(true);
    fs.destroy();
    expect(images.some((path) => existsSync(join(path, '..')))).toBe(false);
  });

  test('leaves the folder of others to them', () => {
    const temp = folder(),
      fs = open({ temp, devices: 2, deviceBytes: 2 * MiB });
    fs.destroy();
    expect(readdirSync(temp).sort()).toEqual(['img0', 'img1']);
  });

  test('goes on with a kept folder, whatever its number and size of images are', () => {
    const dir = folder(),
      first = new Rig({ dir, devices: 2, deviceBytes: 3 * MiB });
    first.engine.write(first.create('plain/a'), 0, filled(5000, 3), 'cached');
    first.engine.release(first.node('plain/a'));
    first.fs.destroy();
    const again = open({ dir, devices: undefined }),
      engine = new TinyEngine(again);
    expect(again.devices().map((device) => device.size)).toEqual([BigInt(3 * MiB), BigInt(3 * MiB)]);
    const file = [...again.files()].find(({ path }) => Buffer.from(path).toString() === 'plain/a')!;
    expect(Buffer.compare(engine.read(file.node, 0, 9999), filled(5000, 3))).toBe(0);
    again.destroy();
  });

  test('gives a reopened volume another layout of /striped when asked', () => {
    const dir = folder(),
      layout = (options: DemoOptions): string => {
        const fs = open({ dir, ...options }),
          node = (ok(fs.lookup(1n, bytes('striped'))) as { node: bigint }).node;
        const text = Buffer.from(ok(fs.getxattr(node, bytes('user.mapscope.layout'))) as Uint8Array).toString();
        fs.destroy();
        return text;
      };
    expect(layout({ deviceBytes: 2 * MiB })).toBe('interleave:chunk=65536,strips=3');
    expect(layout({ chunk: 8192 })).toBe('interleave:chunk=8192,strips=3');
    expect(layout({})).toBe('interleave:chunk=8192,strips=3');
  });

  test('keeps names that are no UTF-8, links, targets, attributes and times over a reopening', () => {
    const dir = folder(),
      name = new Uint8Array([0xff, 0x41, 0xc3]);
    let now = 1_000_000_000n;
    const first = new Rig({ dir, now: () => (now += 7n) }),
      plain = first.node('plain'),
      node = (ok(first.fs.create(plain, name, 0o640, { pid: 1, uid: 3, gid: 4 })) as Entry).node;
    ok(first.fs.symlink(plain, bytes('s'), name, { pid: 1, uid: 0, gid: 0 }));
    ok(first.fs.link(node, plain, bytes('second')));
    ok(first.fs.setxattr(node, bytes('user.x'), name, 0));
    first.engine.write(node, 0, filled(10, 1), 'writeback');
    const before = first.fs.getattr(node);
    first.fs.destroy();
    const again = new Rig({ dir, deviceBytes: undefined }),
      entry = ok(again.fs.lookup(plain, name)) as Entry;
    expect([entry.attributes, again.fs.getattr(again.node('plain/second'))]).toEqual([before, before]);
    expect([again.fs.readlink(again.node('plain/s')), again.fs.getxattr(entry.node, bytes('user.x'))]).toEqual([name, name]);
    again.fs.destroy();
  });

  test('lets one process have a folder', () => {
    const dir = folder(),
      fs = open({ dir, deviceBytes: 2 * MiB });
    expect(codeOf({ dir })).toBe('E_DIR_BUSY');
    fs.destroy();
    expect(codeOf({ dir })).toBe('opened');
  });

  test('refuses what can not be, by name', () => {
    expect(codeOf({ devices: 0 })).toBe('E_DEVICES');
    expect(codeOf({ deviceBytes: 5000 })).toBe('E_DEVICE_SIZE');
    expect(codeOf({ chunk: 1000 })).toBe('E_LAYOUT');
    expect(codeOf({ strips: 5 })).toBe('E_LAYOUT');
    expect(codeOf({ dir: '/proc/nowhere/demo' })).toBe('E_DIR');
  });

  test('refuses a folder whose parts do not belong together, and touches nothing', () => {
    const dir = folder(),
      other = folder();
    for (const each of [dir, other]) open({ dir: each, devices: 2, deviceBytes: 2 * MiB }).destroy();
    expect(codeOf({ dir, devices: 3 })).toBe('E_GEOMETRY');
    renameSync(join(dir, 'img1'), join(dir, 'kept'));
    expect(codeOf({ dir })).toBe('E_IMAGE');
    renameSync(join(other, 'img1'), join(dir, 'img1'));
    expect(codeOf({ dir })).toBe('E_IMAGE');
    renameSync(join(dir, 'kept'), join(dir, 'img1'));
    expect(codeOf({ dir })).toBe('opened');
    truncateSync(join(dir, 'img0'), MiB);
    expect(codeOf({ dir })).toBe('E_IMAGE');
    writeFileSync(join(dir, 'meta'), 'nonsense\n');
    expect(codeOf({ dir })).toBe('E_METADATA');
    rmSync(join(dir, 'meta'));
    expect(codeOf({ dir })).toBe('E_IMAGE');
  });

  test('makes the folder where it is missing', () => {
    const dir = join(folder(), 'a', 'b');
    expect(codeOf({ dir, deviceBytes: 2 * MiB })).toBe('opened');
    mkdirSync(join(dir, 'unrelated'));
    expect(codeOf({ dir })).toBe('opened');
  });

  test('drops files that had no name any more, and bytes past a size that was never acknowledged', () => {
    const dir = folder(),
      rig = new Rig({ dir }),
      free = rig.fs.statfs().free;
    const gone = rig.create('plain/gone');
    rig.engine.write(gone, 0, filled(BLOCK, 1), 'direct');
    expect(rig.fs.unlink(rig.node('plain'), bytes('gone'))).toBe(0);
    expect(Buffer.compare(rig.engine.read(gone, 0, 10), filled(10, 1))).toBe(0);
    rig.fs.destroy();
    const again = open({ dir });
    expect([again.statfs().free, again.getattr(gone)]).toEqual([free, -116]);
    again.destroy();
  });

  test('gives blocks of a removed file to nobody before the removal is written down: a crash finds the file whole', () => {
    const dir = folder(),
      copy = folder(),
      rig = new Rig({ dir }),
      old = rig.create('plain/a');
    rig.engine.write(old, 0, filled(8 * BLOCK, 1), 'direct');
    const place = rig.map(old);
    expect(rig.engine.fsync(old)).toBe(0);
    rig.fs.unlink(rig.node('plain'), bytes('a'));
    rig.engine.forget(old);
    // The same number, hence the same home.
    const next = rig.create('plain/b');
    expect(next).toBe(old);
    rig.engine.write(next, 0, filled(8 * BLOCK, 2), 'direct');
    expect(rig.map(next)).not.toEqual(place);
    cpSync(dir, copy, { recursive: true });
    const found = new Rig({ dir: copy, deviceBytes: undefined });
    expect(Buffer.compare(found.engine.read(found.node('plain/a'), 0, 8 * BLOCK), filled(8 * BLOCK, 1))).toBe(0);
    expect(found.fs.lookup(found.node('plain'), bytes('b'))).toBe(-2);
    for (const fs of [rig.fs, found.fs]) fs.destroy();
  });

  test('moves inline bytes to a block in one commit, also when finding the block took a commit of its own', () => {
    const dir = folder(),
      copy = folder(),
      rig = new Rig({ dir, devices: 1, strips: 1, deviceBytes: MiB + 4 * BLOCK });
    const tiny = rig.create('tiny/a'),
      big = rig.create('plain/big');
    rig.engine.write(tiny, 0, filled(100, 7), 'cached');
    rig.engine.write(big, 0, filled(4 * BLOCK, 1), 'direct');
    expect(rig.engine.fsync(tiny)).toBe(0);
    rig.engine.truncate(big, 0);
    expect(rig.engine.write(tiny, 100, filled(2000, 8), 'direct')).toBe(2000);
    cpSync(dir, copy, { recursive: true });
    const found = new Rig({ dir: copy, deviceBytes: undefined }),
      node = found.node('tiny/a');
    expect(found.fs.statfs().free).toBe(4n);
    expect(Buffer.compare(found.engine.read(node, 0, 100), filled(100, 7))).toBe(0);
    for (const fs of [rig.fs, found.fs]) fs.destroy();
  });

  test('writes down every five seconds what nobody asked fsync for', () => {
    vi.useFakeTimers();
    const dir = folder(),
      copy = folder(),
      rig = new Rig({ dir });
    rig.create('plain/a');
    vi.advanceTimersByTime(5000);
    cpSync(dir, copy, { recursive: true });
    vi.useRealTimers();
    const again = open({ dir: copy });
    expect([...again.files()].map((file) => Buffer.from(file.path).toString())).toContain('plain/a');
    for (const fs of [rig.fs, again]) fs.destroy();
  });

  /** A process that writes to the volume of a folder, and is gone when the test is over, however it ends. */
  const writeTo = (dir: string, over: (end: () => void) => void): ChildProcessByStdio<null, Readable, null> => {
    const program = join(process.env['MAPSCOPE_PROGRAMS']!, 'acknowledging-writer.mjs'),
      writer = spawn(process.execPath, [program, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
    over(() => writer.kill('SIGKILL'));
    return writer;
  };

  test('is written to by a process that ends with whoever started it', async ({ onTestFinished }) => {
    const dir = folder();
    open({ dir, devices: 4, deviceBytes: 8 * MiB }).destroy();
    const writer = writeTo(dir, onTestFinished),
      ended = once(writer, 'exit', { signal: AbortSignal.timeout(10_000) });
    await once(writer.stdout, 'data');
    writer.stdout.destroy();
    expect((await ended)[0]).not.toBe(0);
  });

  test('has every byte that fsync acknowledged after SIGKILL, again and again', async ({ onTestFinished }) => {
    const dir = folder();
    open({ dir, devices: 4, deviceBytes: 8 * MiB }).destroy();
    for (let round = 0; round < 3; round++) {
      const writer = writeTo(dir, onTestFinished);
      let said = '';
      const enough = new Promise<void>((resolve) =>
        writer.stdout.on('data', (part: Buffer) => void ((said += String(part)), said.split('\n').length > 120 + 70 * round && resolve())),
      );
      const ended = once(writer, 'close');
      await Promise.race([enough, ended]);
      writer.kill('SIGKILL');
      await ended;
      const last = Number(said.split('\n').at(-2));
      const fs = open({ dir }),
        engine = new TinyEngine(fs),
        paths = new Map([...fs.files()].map((file) => [Buffer.from(file.path).toString(), file.node]));
      expect(fs.check()).toEqual([]);
      for (let n = 0; n <= last; n++) {
        const record = Math.floor(n / 4) % 8,
          node = paths.get(`${['plain', 'striped', 'fragmented', 'tiny'][n % 4]}/f${n >> 5}`)!;
        expect(Buffer.compare(engine.read(node, record * 3000, 3000), filled(3000, n & 0xff)), `record ${n} of ${last}`).toBe(0);
      }
      fs.destroy();
    }
  });

  test('frees what was removed though the disk that its images lie on is full, and refuses to begin there in a sentence', ({ skip }) => {
    if (process.getuid?.() !== 0) skip('needs root to mount a small tmpfs');
    const at = folder(),
      dir = join(at, 'kept');
    expect(mount('mapscope-test', at, 'tmpfs', 0, 'size=8m')).toBe(0);
    try {
      const rig = new Rig({ dir, devices: 1, deviceBytes: 8 * MiB, strips: 1 }),
        kept = rig.create('plain/kept'),
        large = rig.create('plain/large'),
        names = Array.from({ length: 100 }, (_, n) => `tiny/${n}`);
      for (const name of names) rig.engine.forget(rig.create(name));
      rig.engine.write(kept, 0, filled(BLOCK, 7), 'direct');
      rig.engine.write(large, 0, filled(2 * MiB, 8), 'direct');
      expect(rig.fs.fsync()).toBe(0);
      const fill = openSync(join(at, 'fill'), 'w');
      expect(() => {
        for (;;) writeSync(fill, new Uint8Array(BLOCK));
      }).toThrow('ENOSPC');
      rig.fs.unlink(rig.node('plain'), bytes('large'));
      rig.engine.forget(large);
      // More to write down than what the last page of the log has left.
      for (const name of names) rig.fs.unlink(rig.node('tiny'), bytes(name.slice(5)));
      expect(rig.fs.fsync()).toBe(0);
      expect(freeBytes(at)).toBeGreaterThan(2 * MiB - BLOCK);
      rig.fs.destroy();

      expect(() => {
        for (;;) writeSync(fill, new Uint8Array(BLOCK));
      }).toThrow('ENOSPC');
      const refused = openDemo({ dir });
      expect(isProblem(refused) && [refused.code, refused.message]).toEqual([
        'E_DIR',
        expect.stringContaining('cannot keep the images: ENOSPC'),
      ]);
      closeSync(fill);
      rmSync(join(at, 'fill'));
      const again = new Rig({ dir, deviceBytes: 8 * MiB });
      expect(again.engine.read(again.node('plain/kept'), 0, BLOCK)).toEqual(filled(BLOCK, 7));
      expect([again.fs.check(), readdirSync(dir).sort()]).toEqual([[], ['img0', 'lock', 'meta']]);
      again.fs.destroy();
    } finally {
      umount(at, { detach: true });
    }
  });

  test('leaves nothing of a volume that there was no room for, so that it can be made later', ({ skip }) => {
    if (process.getuid?.() !== 0) skip('needs root to mount a small tmpfs');
    const at = folder(),
      dir = join(at, 'kept'),
      fill = join(at, 'fill');
    expect(mount('mapscope-test', at, 'tmpfs', 0, 'size=32k')).toBe(0);
    try {
      // No room for an image's label; then for that, and not for the metadata.
      for (const bytesLeft of [0, 2 * BLOCK]) {
        writeFileSync(fill, new Uint8Array(8 * BLOCK - bytesLeft));
        expect(codeOf({ dir, devices: 2, strips: 2, deviceBytes: 4 * MiB })).toBe('E_DIR');
        expect(readdirSync(dir)).toEqual(['lock']);
        rmSync(fill);
      }
      expect(codeOf({ dir, devices: 2, strips: 2, deviceBytes: 4 * MiB })).toBe('opened');
    } finally {
      umount(at, { detach: true });
    }
  });

  test('tells a full volume by ENOSPC and has room again after unlink', () => {
    const rig = new Rig({ devices: 1, deviceBytes: MiB + 20 * BLOCK, strips: 1 }),
      node = rig.create('plain/a');
    expect(rig.engine.write(node, 0, filled(30 * BLOCK, 1), 'cached')).toBe(20 * BLOCK);
    expect(rig.engine.write(rig.create('plain/b'), 0, filled(1, 1), 'direct')).toBe(-28);
    expect(rig.engine.fsync(node)).toBe(0);
    rig.fs.unlink(rig.node('plain'), bytes('a'));
    rig.engine.forget(node);
    expect(rig.engine.write(rig.node('plain/b'), 0, filled(20 * BLOCK, 1), 'direct')).toBe(20 * BLOCK);
    expect(rig.fs.check()).toEqual([]);
    rig.fs.destroy();
  });
});
