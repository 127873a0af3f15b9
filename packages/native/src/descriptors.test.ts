import { spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, expect, test } from 'vitest';

import { eventfd, fallocate, fdatasync, flock, pipe, setCloexec, setNonblock } from './descriptors.ts';
import { addonPath } from './load.ts';
import { socketpair } from './sockets.ts';
import { pwrite, read, write } from './transfer.ts';

const { EAGAIN, EBADF } = constants.errno;
const O_CLOEXEC = 0o2000000;
const O_NONBLOCK = 0o4000;
const flagsOf = (fd: number): number => Number.parseInt(/^flags:\s+(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))![1]!, 8);

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0).reverse()) step();
});
const kept = (fd: number): number => (undo.push(() => closeSync(fd)), fd);

function pair(made: readonly [number, number] | number): readonly [number, number] {
  if (typeof made === 'number') throw new Error(`errno ${-made}`);
  return [kept(made[0]), kept(made[1])];
}
function filePath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mapscope-native-'));
  undo.push(() => rmSync(folder, { recursive: true }));
  return join(folder, 'file');
}

test('every descriptor made here is close-on-exec', () => {
  const made = [...pair(pipe()), ...pair(socketpair('stream')), ...pair(socketpair('seqpacket')), kept(eventfd())];
  for (const fd of made) expect(flagsOf(fd) & O_CLOEXEC).toBe(O_CLOEXEC);
});

test('pipe holds at least the bytes asked for', () => {
  const [, writer] = pair(pipe(256 * 1024));
  setNonblock(writer, true);
  expect(write(writer, new Uint8Array(1 << 20))).toBe(256 * 1024);
});

test('setNonblock and setCloexec switch their flag both ways', () => {
  const [reader] = pair(pipe());
  for (const on of [true, false]) {
    expect(setNonblock(reader, on)).toBe(0);
    expect(setCloexec(reader, on)).toBe(0);
    expect(flagsOf(reader) & (O_NONBLOCK | O_CLOEXEC)).toBe(on ? O_NONBLOCK | O_CLOEXEC : 0);
  }
  expect(setNonblock(1_000_000, true)).toBe(-EBADF);
});

test('eventfd counts what is written until it is read', () => {
  const fd = kept(eventfd()),
    count = new BigUint64Array(1),
    room = new Uint8Array(count.buffer);
  expect(read(fd, room)).toBe(-EAGAIN);
  for (const n of [1n, 2n]) write(fd, new Uint8Array(BigUint64Array.of(n).buffer));
  expect(read(fd, room)).toBe(8);
  expect(count[0]).toBe(3n);
});

test('flock lets one open file in at a time', () => {
  const path = filePath();
  const first = kept(openSync(path, 'w')),
    second = kept(openSync(path, 'w'));
  expect(flock(first, 'exclusive')).toBe(0);
  expect(flock(second, 'exclusive')).toBe(-EAGAIN);
  expect(flock(first, 'unlock')).toBe(0);
  expect(flock(second, 'exclusive')).toBe(0);
});

test('flock is free again once the process that held it was killed', async () => {
  const path = filePath();
  const script = `const fd = require('fs').openSync(process.argv[2], 'w'); console.log(require(process.argv[1]).flock(fd, 2)); setInterval(() => {}, 1000)`;
  const child = spawn(process.execPath, ['-e', script, '--', addonPath(), path], { stdio: ['ignore', 'pipe', 'inherit'] });
  undo.push(() => void child.kill('SIGKILL'));
  expect(String(await new Promise((resolve) => child.stdout.once('data', resolve)))).toBe('0\n');
  const fd = kept(openSync(path, 'w'));
  expect(flock(fd, 'exclusive')).toBe(-EAGAIN);
  child.kill('SIGKILL');
  expect(flock(fd, 'exclusive', false)).toBe(0);
});

test('fallocate makes room without a size, and punches it again', () => {
  const fd = kept(openSync(filePath(), 'w+'));
  expect(fallocate(fd, 1, 0n, 1n << 20n)).toBe(0);
  expect(fstatSync(fd).size).toBe(0);
  expect(fstatSync(fd).blocks).toBeGreaterThanOrEqual(2048);
  pwrite(fd, new Uint8Array(8192).fill(1), 0, 8192, 0n);
  expect(fallocate(fd, 2 | 1, 0n, 4096n)).toBe(0);
  expect(fdatasync(fd)).toBe(0);
  expect(fdatasync(1_000_000)).toBe(-EBADF);
});

test.each<[() => unknown, string]>([
  [() => flock(0, 'shared' as never), 'operation must be one of exclusive, unlock, not "shared"'],
  [() => pipe(-1), 'bytes must be an integer from 0'],
  [() => fallocate(0, 0, 0n, 2n ** 64n), 'length must be a u64, not 18446744073709551616'],
])('a wrong argument is refused by name (%#)', (call, sentence) => expect(call).toThrow(sentence));
