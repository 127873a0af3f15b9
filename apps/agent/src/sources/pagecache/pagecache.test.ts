import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mount, umount } from '@mapscope/native';
import { decodeFrame, FolioState, type Frame, FrameBuilder, heapOf, Kind } from '@mapscope/shared/trace';
import { utf8, utf8Text } from '@mapscope/shared/units';
import { deviceOf } from '../../host/index.ts';
import { Undo, until } from '../testing/live.ts';
import { mountLoop, noLoop } from '../testing/loops.ts';
import { Root } from './open-beneath.ts';
import { createPageCache, type PageCache } from './pagecache.ts';
import { probeCachestat } from './probe.ts';
import { beneath, type WatchedFile } from './opener.ts';
import type { PageCacheOptions } from './watch.ts';

const undo = new Undo();
const probe = probeCachestat();
const why = probe.ok ? noLoop('ext4') : probe.why;
let folder: string;
afterEach(() => undo.release());

const deviceAt = (path: string): string => deviceOf(statSync(path, { bigint: true }).dev);
const watch = (inode: number, name: string): WatchedFile => {
  const { ino, size } = statSync(join(folder, name), { bigint: true });
  return { inode, ino, path: utf8(name), size };
};

/** A running source, and the state of each page as its rows tell it. */
class Looking {
  readonly frames: Frame[] = [];
  readonly pages = new Map<string, FolioState>();
  readonly source: PageCache;
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>;

  constructor(files: () => WatchedFile[], options: Partial<PageCacheOptions> = {}) {
    this.source = createPageCache({ opening: beneath(folder, deviceAt(folder)), files, intervalMs: 10, ...options });
    this.running = this.source.run((frame) => this.take(frame), this.stopping.signal);
  }

  /** Of the first 4 MiB. */
  private take(frame: Frame): void {
    this.frames.push(frame);
    for (let i = 0; i < frame.count; i++)
      if (frame.kind[i] === Kind.folio)
        for (let at = frame.offset[i]!; at < frame.offset[i]! + frame.length[i]! && at < 4n << 20n; at += 4096n)
          this.pages.set(`${frame.inode[i]}:${at >> 12n}`, frame.type[i] as FolioState);
  }

  /** Pages of a file in one state. */
  count(inode: number, state: FolioState): number {
    return [...this.pages].filter(([page, is]) => page.startsWith(`${inode}:`) && is === state).length;
  }
  get rows(): number {
    return this.frames.reduce((sum, { kind }) => sum + kind.filter((k) => k === Kind.folio).length, 0);
  }
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }
}

describe.skipIf(why !== undefined)(`createPageCache on this kernel${why ? ` (skipped: ${why})` : ''}`, () => {
  let looking: Looking | undefined;
  beforeEach(() => void (folder = mountLoop(undo, 'ext4').at));
  afterEach(async () => {
    await looking?.stop();
    looking = undefined;
  });

  /** Works where nobody writes back and no page is dropped: what is cached is what the test has made. */
  const keepInMemory = (): void => {
    expect(mount('mapscope-test', (folder = undo.folder('ramfs')), 'ramfs', 0, '')).toBe(0);
    const at = folder;
    undo.add(() => umount(at, { detach: true }));
  };

  test('sees pages become dirty, clean and absent, also past the size that is known', async () => {
    writeFileSync(join(folder, 'a'), '');
    const file = watch(7, 'a'),
      fd = openSync(join(folder, 'a'), 'r+'),
      seen = (looking = new Looking(() => [file]));
    const bytes = Buffer.alloc(40_960),
      are = (state: FolioState, from: number, to: number): boolean =>
        Array.from({ length: to - from }, (_, i) => seen.pages.get(`7:${from + i}`)).every((is) => is === state);
    // Each time anew: whoever reclaims has what is dirty written back, and drops what is clean.
    await until('ten pages are dirty', () => are(FolioState.folioDirty, 256, 266) || writeSync(fd, bytes, 0, bytes.length, 1 << 20) === 0);
    fsyncSync(fd);
    await until('they are clean', () => are(FolioState.clean, 256, 266) || readSync(fd, bytes, 0, bytes.length, 1 << 20) === 0);
    ftruncateSync(fd, (1 << 20) + 8192);
    await until('eight are gone', () => are(FolioState.removed, 258, 266));
    closeSync(fd);
  });

  test('says nothing twice of what stays as it is', async () => {
    keepInMemory();
    writeFileSync(join(folder, 'a'), Buffer.alloc(8192));
    const fd = openSync(join(folder, 'a'), 'r+');
    fsyncSync(fd);
    const file = watch(1, 'a'),
      seen = (looking = new Looking(() => [file]));
    await until('both are seen', () => seen.count(1, FolioState.clean) === 2);
    const rounds = seen.frames.length;
    await until('more rounds', () => seen.frames.length > rounds + 30);
    expect(seen.rows).toBe(1);
    closeSync(fd);
  });

  test('tells anew what others told of, whether it is cached or not', async () => {
    keepInMemory();
    writeFileSync(join(folder, 'a'), Buffer.alloc(8192));
    const fd = openSync(join(folder, 'a'), 'r+');
    fsyncSync(fd);
    const file = watch(1, 'a'),
      seen = (looking = new Looking(() => [file]));
    await until('both are seen', () => seen.count(1, FolioState.clean) === 2);
    const rows = new FrameBuilder(),
      i = rows.row(Kind.folio, 0n);
    rows.inode[i] = 1;
    rows.offset[i] = 4096n;
    rows.length[i] = 5000n;
    seen.pages.clear();
    seen.source.heard(decodeFrame(rows.take(1n)) as Frame);
    await until('both pages are told', () => seen.pages.size === 2);
    expect(Object.fromEntries(seen.pages)).toEqual({ '1:1': FolioState.clean, '1:2': FolioState.removed });
    closeSync(fd);
  });

  test('tells first that nothing else is cached, where others told before', async () => {
    writeFileSync(join(folder, 'a'), '');
    const file = watch(1, 'a'),
      seen = (looking = new Looking(() => [file], { isDoubted: true }));
    await until('it is told', () => seen.rows > 0);
    expect([seen.count(1, FolioState.removed), seen.rows]).toEqual([1024, 1]);
  });

  test('does a bounded work a round, and finds everything in the end', async () => {
    keepInMemory();
    const fd = openSync(join(folder, 'a'), 'w');
    for (let page = 0; page < 400; page += 2) writeSync(fd, 'x', page * 4096);
    fsyncSync(fd);
    const files = [watch(1, 'a')];
    for (let i = 2; i < 40; i++) {
      writeFileSync(join(folder, `f${i}`), Buffer.alloc(4096));
      files.push(watch(i, `f${i}`));
    }
    const seen = (looking = new Looking(() => files, { calls: 50, open: 8 }));
    await until(
      'all pages of all files',
      () =>
        seen.count(1, FolioState.clean) === 200 &&
        files.every(({ inode }) => [...seen.pages.keys()].some((page) => page.startsWith(`${inode}:`))),
    );
    closeSync(fd);
  });

  test('lets go of a file that is not watched any more', async () => {
    expect(mount('mapscope-test', (folder = undo.folder('mount')), 'tmpfs', 0, '')).toBe(0);
    const mounted = folder;
    undo.add(() => umount(mounted, { detach: true }));
    writeFileSync(join(folder, 'a'), 'x');
    let files = [watch(1, 'a')];
    const seen = (looking = new Looking(() => files));
    await until('it is seen', () => seen.pages.size > 0);
    files = [];
    const rounds = seen.frames.length;
    await until('more rounds', () => seen.frames.length > rounds + 2);
    unlinkSync(join(folder, 'a'));
    await seen.stop();
    expect(umount(folder), 'nothing keeps the mount').toBe(0);
  });

  test('says that it cannot look when something else is mounted there', async () => {
    const seen = (looking = new Looking(() => [], { opening: beneath(folder, '0:1') }));
    await until('it has said so', () => seen.frames.length > 0);
    expect(JSON.parse(utf8Text(heapOf(seen.frames[0]!, 0)))).toMatchObject({ state: 'unavailable', why: `${folder} is not the mount 0:1` });
  });
});

describe('Root', () => {
  // Not in /tmp, where it may be an overlay: files on one have another device than its folders.
  beforeEach(() => void (folder = undo.folder('root', '/dev/shm')));

  const opens = async (name: string, file = name): Promise<boolean> => {
    const root = await Root.open(join(folder, 'root'), deviceAt(folder));
    const handle = await root!.openFile(utf8(name), statSync(join(folder, 'root', file), { bigint: true }).ino);
    await handle?.close();
    await root!.close();
    return handle !== undefined;
  };

  test('opens regular files beneath itself, and nothing by a way that leads out', async () => {
    mkdirSync(join(folder, 'root/sub'), { recursive: true });
    writeFileSync(join(folder, 'outside'), 'secret');
    writeFileSync(join(folder, 'root/sub/a'), 'x');
    symlinkSync('../outside', join(folder, 'root/link'));
    symlinkSync('..', join(folder, 'root/up'));
    symlinkSync('sub', join(folder, 'root/within'));
    linkSync(join(folder, 'root/sub/a'), join(folder, 'root/hard'));
    expect(await opens('sub/a')).toBe(true);
    expect(await opens('hard')).toBe(true);
    expect(await opens('link')).toBe(false);
    expect(await opens('up/outside')).toBe(false);
    expect(await opens('../outside')).toBe(false);
    expect(await opens('within/a')).toBe(false);
    expect(await opens('sub/../sub/a', 'sub/a')).toBe(false);
    expect(await opens('/sub/a', 'sub/a')).toBe(false);
    expect(await opens('sub')).toBe(false);
    expect(await opens('sub/a\0', 'sub/a')).toBe(false);
  });

  test('does not open another file that has the name by now', async () => {
    mkdirSync(join(folder, 'root'));
    writeFileSync(join(folder, 'root/a'), 'x');
    writeFileSync(join(folder, 'root/b'), 'y');
    const { ino } = statSync(join(folder, 'root/a'), { bigint: true }),
      root = (await Root.open(join(folder, 'root'), deviceAt(folder)))!;
    renameSync(join(folder, 'root/b'), join(folder, 'root/a'));
    expect(await root.openFile(utf8('a'), ino)).toBeUndefined();
    await root.close();
  });
});
