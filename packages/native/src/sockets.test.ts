import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';

import { afterEach, expect, test } from 'vitest';

import { setNonblock } from './descriptors.ts';
import { receiveFd, sendFd, setBuffers, socketpair } from './sockets.ts';
import { reply } from './transfer.ts';

const { EBADF, ENODATA, ENOMSG } = constants.errno;
const O_CLOEXEC = 0o2000000;
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

test('sendFd and receiveFd hand over the same open file, close-on-exec', () => {
  const [a, b] = pair(socketpair('stream'));
  const fd = openSync('/dev/null', 'r');
  expect(sendFd(a, fd)).toBe(0);
  closeSync(fd);
  const got = kept(receiveFd(b));
  expect(fstatSync(got).rdev).toBe((1 << 8) | 3);
  expect(flagsOf(got) & O_CLOEXEC).toBe(O_CLOEXEC);
});

test('receiveFd takes one descriptor of a message that brings two, and the other is closed', ({ skip }) => {
  if (!existsSync('/usr/bin/python3')) skip('python3 is not installed: nothing else here sends two');
  const [a, b] = pair(socketpair('stream'));
  const before = readdirSync('/proc/self/fd').length;
  // Our own end sends one; a peer may send more.
  const script = `import array, socket, sys
s = socket.socket(fileno=3)
s.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 0]))])`;
  expect(spawnSync('/usr/bin/python3', ['-c', script], { stdio: ['ignore', 'ignore', 'inherit', a] }).status).toBe(0);
  const got = kept(receiveFd(b));
  expect(got).toBeGreaterThan(2);
  expect(readdirSync('/proc/self/fd').length).toBe(before + 1);
});

test('receiveFd tells a message without a descriptor from a closed end', () => {
  const [a, b] = pair(socketpair('seqpacket'));
  reply(a, Uint8Array.of(0));
  expect(receiveFd(b)).toBe(-ENOMSG);
  closeSync(a);
  undo.shift();
  expect(receiveFd(b)).toBe(-ENODATA);
});

test('setBuffers lets a whole megabyte through as one message', () => {
  const [a, b] = pair(socketpair('seqpacket'));
  setNonblock(a, true);
  expect(setBuffers(a, 4 << 20)).toBe(0);
  expect(setBuffers(b, 4 << 20)).toBe(0);
  expect(setBuffers(1_000_000, 4096)).toBe(-EBADF);
  // A plain user stays below the system's limit, which may be less than a megabyte.
  if (process.geteuid?.() === 0) expect(reply(a, new Uint8Array(1 << 20))).toBe(1 << 20);
});

test('socketpair and sendFd refuse a wrong argument by name', () => {
  expect(() => socketpair('dgram' as never)).toThrow('type must be one of stream, seqpacket, not "dgram"');
  expect(() => sendFd(0, Number.NaN)).toThrow('fd must be an integer from 0 to 2147483647, not NaN');
});
