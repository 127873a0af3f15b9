import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monotonic, mount, umount } from '@mapscope/native';
import { type EventRow, frameOf } from '@mapscope/shared/fixtures';
import { decodeFrame, FolioState, type Frame, heapOf, How, Introduction, Kind, SourceId } from '@mapscope/shared/trace';
import { utf8, utf8Text } from '@mapscope/shared/units';
import { lseekIn, Opcode, WriteFlag, writeIn, writeOut, writeReply, writeRequest } from '@mapscope/shared/wire';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { deviceOf } from '../host/index.ts';
import { openLog } from '../host/log.ts';
import { probeCachestat } from '../sources/pagecache/index.ts';
import { Collection } from './collection.ts';

/** A tmpfs plays the mount: it has pages, and nobody has to serve it. */
const why = process.getuid?.() !== 0 ? 'needs root to mount' : probeCachestat().ok ? undefined : 'this kernel has no cachestat';
const title = `Collection${why ? ` (skipped: ${why})` : ''}`;

let folder = '',
  root = '',
  collection: Collection,
  frames: Frame[] = [],
  refusals: string[] = [];
const leaving = { now: new AbortController() };
let watching: Promise<void> = Promise.resolve();

beforeEach(() => {
  if (why) return;
  folder = mkdtempSync(join(tmpdir(), 'mapscope-collection-'));
  root = join(folder, 'mount');
  mkdirSync(root);
  expect(mount('mapscope-test', root, 'tmpfs', 0, 'size=8m')).toBe(0);
  frames = [];
  refusals = [];
  leaving.now = new AbortController();
  const log = openLog('test', 'silent');
  log.warn = ((facts: { why?: string }) => refusals.push(facts.why ?? '')) as never;
  const device = deviceOf(statSync(root, { bigint: true }).dev);
  collection = new Collection({
    mount: { path: root, device, fuseConnection: 0 },
    tracefs: { path: null, why: 'a test without tracepoints', help: '' },
    instance: '',
    sink: (bytes) => frames.push(decodeFrame(bytes.slice()) as Frame),
    log,
  });
});
afterEach(async () => {
  if (why) return;
  try {
    leaving.now.abort('stop');
    await watching;
    await collection.end();
  } finally {
    umount(root, { detach: true });
    rmSync(folder, { recursive: true, force: true });
  }
});

/** What the session would say of the file at `path`. */
function introduce(
  inode: number,
  path: string,
  role: Introduction = Introduction.first,
  ino = statSync(join(root, path), { bigint: true }).ino,
): void {
  const time = monotonic();
  const row: EventRow = {
    kind: Kind.inode,
    time,
    inode,
    source: SourceId.fuse,
    how: How.reported,
    role,
    offset: ino,
    length: 4n * 4096n,
    type: 0o100644,
    bytes: utf8(path),
  };
  collection.take(frameOf([row], time + 1n).bytes);
}
const rowsAbout = (inode: number): string[] =>
  frames.flatMap((frame) =>
    Array.from({ length: frame.count }, (_, i) => i)
      .filter((i) => frame.kind[i] === Kind.folio && frame.inode[i] === inode)
      .map(
        (i) =>
          `${Object.entries(FolioState).find(([, state]) => state === frame.type[i])![0]} ${frame.offset[i]! / 4096n}+${frame.length[i]! > 1n << 40n ? 'all' : frame.length[i]! / 4096n}`,
      ),
  );
const SOON = { timeout: 10_000, interval: 5 };

describe.skipIf(why)(title, () => {
  test('looks again at a file that the session introduced, when it is asked to', async () => {
    writeFileSync(join(root, 'a'), Buffer.alloc(4 * 4096, 1));
    introduce(7, 'a');
    collection.command('{"ask":"refresh","inode":7}');
    await vi.waitUntil(() => rowsAbout(7).length > 0, SOON);
    expect(rowsAbout(7)).toEqual(['removed 0+all', 'clean 0+4']);
    expect(refusals).toEqual([]);
  });

  test('says which answers broke a rule that only it can judge, who sees the messages and the page cache', async () => {
    const body = (opcode: number, bytes: Uint8Array): Uint8Array => writeRequest({ opcode, unique: 2n }, { structs: [], data: bytes }),
      message = { kind: Kind.message, source: SourceId.fuse, inode: 7 },
      time = monotonic();
    const seek = { ...message, op: 1, flags: Opcode.LSEEK },
      write = { ...message, op: 2, flags: Opcode.WRITE };
    const rows: EventRow[] = [
      { kind: Kind.folio, source: SourceId.tracefs, inode: 7, type: FolioState.dirty, offset: 0n, length: 4096n },
      { ...seek, role: 1, bytes: body(Opcode.LSEEK, lseekIn.encode({ whence: 3 })) },
      { ...seek, role: 2, bytes: writeReply({ unique: 2n, error: -6 }, { structs: [] }) },
      { ...write, role: 1, bytes: body(Opcode.WRITE, writeIn.encode({ size: 4096, write_flags: WriteFlag.CACHE })) },
      { ...write, role: 2, bytes: writeReply({ unique: 2n }, writeOut.encode({ size: 512 })) },
    ].map((row, i) => ({ ...row, time: time + BigInt(i) }));
    collection.take(frameOf(rows, time + 9n).bytes);
    const said = (): string[] =>
      frames.flatMap((frame) =>
        Array.from({ length: frame.count }, (_, i) => i)
          .filter((i) => frame.kind[i] === Kind.violation)
          .map((i) => `op ${frame.op[i]} inode ${frame.inode[i]} ${utf8Text(heapOf(frame, i)).split(' ')[0]}`),
      );
    await vi.waitUntil(() => said().length === 2, SOON);
    expect(said()).toEqual(['op 1 inode 7 W_SEEK_DIRTY', 'op 2 inode 7 E_SHORT_CACHED_WRITE']);
  });

  test.each([
    '{"ask":"refresh","inode":8}',
    '{"ask":"refresh","inode":0}',
    '{"ask":"refresh","inode":"7"}',
    '{"ask":"refresh","inode":7,"path":"/etc/passwd"}',
    '{"ask":"refresh","path":"/etc/passwd"}',
    '{"ask":"fiemap","inode":7}',
    '{"ask":"__proto__","inode":7}',
    '[{"ask":"refresh","inode":7}]',
    'refresh 7',
    '',
  ])('refuses %s, says so, and touches nothing', async (line) => {
    writeFileSync(join(root, 'a'), 'x');
    introduce(7, 'a');
    collection.command(line);
    await vi.waitUntil(() => refusals.length === 1, SOON);
    collection.command('{"ask":"refresh","inode":7}');
    await vi.waitUntil(() => rowsAbout(7).length > 0, SOON);
    expect(frames.flatMap((frame) => [...frame.inode])).not.toContain(8);
  });

  test('is not led out of the mount by a path: not by dots, links, other mounts or another file of that name', async () => {
    mkdirSync(join(folder, 'outside'));
    execFileSync('mkfifo', [join(folder, 'outside/pipe')]);
    writeFileSync(join(folder, 'outside/secret'), 'secret');
    const secret = statSync(join(folder, 'outside/secret'), { bigint: true }).ino;
    symlinkSync('../outside', join(root, 'out'));
    symlinkSync('../outside/secret', join(root, 'link'));
    writeFileSync(join(root, 'swapped'), 'x');
    introduce(20, 'swapped');
    renameSync(join(root, 'swapped'), join(root, 'swapped-away'));
    symlinkSync('../outside/secret', join(root, 'swapped'));
    const before = statSync(join(folder, 'outside/secret'), { bigint: true }).atimeNs;
    ['../outside/secret', '/etc/passwd', 'out/secret', 'link', '..', 'out/pipe', './../outside/secret'].forEach((path, k) =>
      introduce(10 + k, path, Introduction.first, secret),
    );
    for (let inode = 10; inode <= 20; inode++) collection.command(`{"ask":"refresh","inode":${inode}}`);
    writeFileSync(join(root, 'last'), 'x');
    introduce(99, 'last');
    collection.command('{"ask":"refresh","inode":99}');
    await vi.waitUntil(() => rowsAbout(99).length > 0, SOON);
    for (let inode = 10; inode <= 20; inode++) expect(rowsAbout(inode)).toEqual([]);
    expect(statSync(join(folder, 'outside/secret'), { bigint: true }).atimeNs).toBe(before);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).toContain(root);
  });

  test('follows the page cache by cachestat where there is no tracefs, and says which and why', async () => {
    let isLooking = false;
    watching = collection.follow(leaving.now.signal, () => (isLooking = true));
    writeFileSync(join(root, 'b'), Buffer.alloc(2 * 4096, 1));
    introduce(3, 'b');
    await vi.waitUntil(() => rowsAbout(3).includes('clean 0+2'), SOON);
    expect(isLooking).toBe(true);
    const said = frames
      .flatMap((frame) => Array.from({ length: frame.count }, (_, i) => ({ frame, i })))
      .filter(({ frame, i }) => frame.kind[i] === Kind.source)
      .map(
        ({ frame, i }) =>
          JSON.parse(Buffer.from(frame.heapBytes.subarray(i === 0 ? 0 : frame.heap[i - 1], frame.heap[i])).toString()) as object,
      );
    expect(said).toMatchObject([
      { name: 'fuse', state: 'ok' },
      { name: 'tracefs', state: 'unavailable', why: 'a test without tracepoints' },
      { name: 'pagecache', state: 'ok', folios: 'cachestat' },
    ]);
  });

  test('looks again at every file when the session lost rows', async () => {
    for (const [inode, name] of [
      [1, 'x'],
      [2, 'y'],
    ] as const) {
      writeFileSync(join(root, name), Buffer.alloc(4096, 1));
      introduce(inode, name);
    }
    collection.take(frameOf([{ kind: Kind.lost, time: monotonic(), source: SourceId.fuse, result: 5n }]).bytes);
    await vi.waitUntil(() => rowsAbout(1).length > 0 && rowsAbout(2).length > 0, SOON);
  });

  test('looks at a file whose introduction or new name was lost as soon as it is told again', async () => {
    for (const name of ['x', 'y', 'z']) writeFileSync(join(root, name), Buffer.alloc(4096, 1));
    introduce(1, 'x');
    introduce(3, 'z');
    renameSync(join(root, 'x'), join(root, 'moved'));
    collection.take(frameOf([{ kind: Kind.lost, time: monotonic(), source: SourceId.fuse, result: 5n }]).bytes);
    await vi.waitUntil(() => rowsAbout(3).length > 0, SOON);
    expect(rowsAbout(1)).toEqual([]);
    introduce(1, 'moved', Introduction.again);
    introduce(2, 'y', Introduction.again);
    await vi.waitUntil(() => rowsAbout(1).length > 0 && rowsAbout(2).length > 0, SOON);
  });

  test('survives a frame of the session that cannot be read', () => {
    collection.take(new Uint8Array(64));
    writeFileSync(join(root, 'a'), 'x');
    introduce(7, 'a');
  });
});
