import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { monotonic, mount, umount } from '@mapscope/native';
import { FolioState, heapOf, Kind } from '@mapscope/shared/trace';
import { utf8Text } from '@mapscope/shared/units';
import { parseRingStats } from '@mapscope/shared/wire';
import { deviceOf, type Tracefs } from '../../host/index.ts';
import { Undo, until } from '../testing/live.ts';
import { mountLoop, noLoop } from '../testing/loops.ts';
import type { TracefsOptions } from './run.ts';
import { Listening } from './testing/listening.ts';

const undo = new Undo();
const place: Tracefs = await undo.tracefs();
await undo.release();
const why = place.path === null ? place.why : noLoop('ext4');

describe.skipIf(why !== undefined)(`createTracefs on this kernel${why ? ` (skipped: ${why})` : ''}`, () => {
  let tracefs: Tracefs, folder: string, listening: Listening | undefined;
  beforeEach(async () => {
    tracefs = await undo.tracefs();
    folder = mountLoop(undo, 'ext4').at;
  });
  afterEach(async () => {
    await listening?.stop();
    listening = undefined;
    await undo.release();
  });

  /** Listens to the files of `folder` only: local inode 1 for `ino`. */
  const listen = (ino: () => bigint | undefined, options: Partial<TracefsOptions> = {}): Listening =>
    (listening = new Listening(tracefs, {
      devices: [deviceOf(statSync(folder, { bigint: true }).dev)],
      identify: (_, found) => (found === ino() ? 1 : -1),
      ...options,
    }));

  test('tells which folios of a file came, became dirty and left', async () => {
    const file = join(folder, 'a');
    writeFileSync(file, '');
    const { ino } = statSync(file, { bigint: true });
    const seen = listen(() => ino);
    await until('the source is up', () => seen.frames.length > 0);
    const fd = openSync(file, 'r+'),
      size = 1 << 20;
    for (let at = 0; at < size; at += 65_536) writeSync(fd, Buffer.alloc(65_536, 7), 0, 65_536, at);
    await until('all of it came and is dirty', () => seen.bytes(FolioState.added) >= size && seen.bytes(FolioState.folioDirty) >= size);
    fsyncSync(fd);
    ftruncateSync(fd, 0);
    closeSync(fd);
    await until('all of it left', () => seen.bytes(FolioState.removed) >= size);
    for (const [f, i] of seen.rows(Kind.folio)) {
      // The end of writeback is of the whole file, and nobody's doing.
      if (f.type[i] === FolioState.written) continue;
      expect([f.inode[i], f.length[i]! <= BigInt(size)]).toEqual([1, true]);
      if (f.type[i] === FolioState.added) expect(f.length[i]).toBe(4096n << BigInt(f.flags[i]! & 0xff));
      // Whoever reclaims memory may write it back, and drop it.
      if (f.type[i] === FolioState.added || f.type[i] === FolioState.folioDirty) expect(f.pid[i]).toBe(process.pid);
    }
    expect([...seen.rows(Kind.lost)]).toEqual([]);
  });

  test('tells as marks what is written to the trace_marker of its instance, and to the machine’s own, where the kernel copies that', async () => {
    const seen = listen(() => undefined);
    await until('the source is up', () => seen.frames.length > 0);
    const marks = (): string[] => [...seen.rows(Kind.mark)].map(([frame, i]) => utf8Text(heapOf(frame, i)));
    writeFileSync(join(seen.path, 'trace_marker'), 'of the instance');
    const isCopied = existsSync(join(seen.path, 'options/copy_trace_marker'));
    if (isCopied) writeFileSync(join(tracefs.path!, 'trace_marker'), 'of the machine');
    await until('the marks are told', () => marks().length >= (isCopied ? 2 : 1));
    expect(marks()).toEqual(isCopied ? ['of the instance', 'of the machine'] : ['of the instance']);
  });

  test('gives rows in order of time, and moves the clock when nothing happens', async () => {
    const seen = listen(() => undefined);
    await until('three beats', () => seen.frames.length > 3);
    await seen.stop();
    let last = 0n;
    for (const frame of seen.frames) {
      for (const time of frame.time) {
        expect(time >= last).toBe(true);
        last = time;
      }
      expect(frame.until >= last).toBe(true);
      last = frame.until;
    }
    expect(seen.states().map(({ state }) => state)).toEqual(['ok', 'ended']);
  });

  test('tells the deriver what others have found also when no record comes behind it', async () => {
    const found = Array.from({ length: 1000 }, () => ({ at: monotonic(), dev: 1, ino: 1n, root: 0n, from: 0n, to: 4096n }));
    listen(() => undefined, { found });
    await until('it is told', () => found.length === 0);
  });

  test('keeps the records of a file until it is introduced', async () => {
    const file = join(folder, 'b');
    let introduced: bigint | undefined;
    const seen = (listening = new Listening(tracefs, {
      devices: [deviceOf(statSync(folder, { bigint: true }).dev)],
      identify: (_, ino) => (introduced === undefined ? 0 : ino === introduced ? 1 : -1),
    }));
    await until('the source is up', () => seen.frames.length > 0);
    writeFileSync(file, Buffer.alloc(16_384));
    const frames = seen.frames.length;
    await until('its records were read', () => seen.frames.length > frames + 2);
    expect(seen.bytes(FolioState.added)).toBe(0);
    introduced = statSync(file, { bigint: true }).ino;
    await until('they are told', () => seen.bytes(FolioState.added) >= 16_384 && seen.bytes(FolioState.folioDirty) >= 16_384);
  });

  test('removes its instance at the end, though somebody has a file of it open for a while', async () => {
    const seen = listen(() => undefined);
    await until('the source is up', () => seen.frames.length > 0);
    const fd = openSync(join(seen.path, 'trace_pipe'), 'r');
    expect(() => rmdirSync(seen.path), 'nor can anybody else while it runs').toThrow('EBUSY');
    setTimeout(() => closeSync(fd), 100);
    await seen.stop();
    expect(existsSync(seen.path)).toBe(false);
  });

  test('says how it ended when somebody else switches the instance off', async () => {
    const seen = listen(() => undefined);
    await until('the source is up', () => seen.frames.length > 0);
    writeFileSync(join(seen.path, 'tracing_on'), '0');
    await seen.ended();
    expect(
      [...seen.rows(Kind.lost)].map(([f, i]) => f.result[i]),
      'what happens now is not seen',
    ).toEqual([-1n]);
    expect(seen.states().at(-1)).toMatchObject({ state: 'ended', why: 'somebody switched the trace instance off' });
    expect(existsSync(seen.path)).toBe(false);
  });

  test('says why it cannot run: no tracefs, or a name that is taken', async () => {
    const missing = new Listening(
      { path: null, why: 'tracefs is not mounted', help: 'mount it' },
      { devices: ['0:1'], identify: () => -1 },
    );
    await missing.ended();
    expect(missing.states()).toMatchObject([{ state: 'unavailable', why: 'tracefs is not mounted' }]);
    const seen = listen(() => undefined);
    await until('the source is up', () => seen.frames.length > 0);
    const second = new Listening(tracefs, { devices: ['0:1'], identify: () => -1, instance: seen.name });
    await second.ended();
    expect(second.states()[0]!.why).toContain('EEXIST');
    expect(existsSync(seen.path)).toBe(true);
  });

  test('accounts for every record that a small buffer lost', async () => {
    // Memory only, so that the kernel is quiet when we are.
    folder = undo.folder('ramfs');
    expect(mount('mapscope-test', folder, 'ramfs', 0, '')).toBe(0);
    undo.add(() => umount(folder));
    const file = join(folder, 'big');
    writeFileSync(file, '');
    const { ino } = statSync(file, { bigint: true });
    const seen = listen(() => ino, { bufferKb: 8, pollMs: 200 });
    await until('the source is up', () => seen.frames.length > 0);
    const dropped = (): bigint =>
      readdirSync(join(seen.path, 'per_cpu')).reduce((sum, cpu) => {
        const stats = parseRingStats(readFileSync(join(seen.path, 'per_cpu', cpu, 'stats'), 'utf8'));
        return sum + stats.overrun + stats.dropped;
      }, 0n);
    await until('records were lost more than once', () => {
      writeFileSync(file, Buffer.alloc(8 << 20));
      return [...seen.rows(Kind.lost)].length > 2;
    });
    const counted = dropped();
    await seen.stop();
    let told = 0n;
    for (const [f, i] of seen.rows(Kind.lost)) {
      told += f.result[i]! < 0n ? 1n : f.result[i]!;
      expect(f.offset[i]! <= f.length[i]!, 'from <= to').toBe(true);
    }
    expect(counted).toBeGreaterThan(0n);
    expect(told).toBe(counted);
  });
});
