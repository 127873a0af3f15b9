import { spawn } from 'node:child_process';
import { closeSync, constants as fsConstants, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, test } from 'vitest';

import { pipe, setNonblock } from './descriptors.ts';
import { socketpair } from './sockets.ts';
import { PollBit, alignedBuffer, monotonic, poll, pread, pwrite, read, receive, reply, write } from './transfer.ts';

const { EAGAIN, EBADF, EINTR, EINVAL, EPIPE } = constants.errno;
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const bytes = (said: string): Uint8Array => new TextEncoder().encode(said);

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0).reverse()) step();
});
const kept = (fd: number): number => (undo.push(() => closeSync(fd)), fd);

function pair(made: readonly [number, number] | number): readonly [number, number] {
  if (typeof made === 'number') throw new Error(`errno ${-made}`);
  return [kept(made[0]), kept(made[1])];
}
function file(): number {
  const folder = mkdtempSync(join(tmpdir(), 'mapscope-native-'));
  undo.push(() => rmSync(folder, { recursive: true }));
  return kept(openSync(join(folder, 'file'), 'w+'));
}

describe('messages', () => {
  test('reply sends head and body as one message, and receive takes it whole', () => {
    const [a, b] = pair(socketpair('seqpacket'));
    expect(reply(a, bytes('head'), bytes('body'))).toBe(8);
    expect(reply(a, bytes('alone'))).toBe(5);
    const into = new Uint8Array(64);
    expect(receive(b, into)).toBe(8);
    expect(text(into.subarray(0, 8))).toBe('headbody');
    expect(receive(b, into)).toBe(5);
  });

  test('receive answers -EAGAIN where nothing waits, and 0 at the end', () => {
    const [reader, writer] = pair(pipe());
    setNonblock(reader, true);
    expect(receive(reader, new Uint8Array(8))).toBe(-EAGAIN);
    closeSync(writer);
    undo.pop();
    expect(receive(reader, new Uint8Array(8))).toBe(0);
  });

  test('receive respects a view into a larger buffer', () => {
    const [a, b] = pair(socketpair('seqpacket'));
    const whole = new Uint8Array(16).fill(7);
    reply(a, bytes('0123456789'));
    expect(receive(b, whole.subarray(4, 8))).toBe(4);
    expect([...whole]).toEqual([7, 7, 7, 7, 48, 49, 50, 51, 7, 7, 7, 7, 7, 7, 7, 7]);
  });

  test('receive answers -EBADF for a number that is no descriptor', () => {
    expect(receive(1_000_000, new Uint8Array(8))).toBe(-EBADF);
  });
});

describe('streams', () => {
  test('read and write move the named part only', () => {
    const [reader, writer] = pair(pipe());
    expect(write(writer, bytes('abcdef'), 2)).toBe(4);
    const into = new Uint8Array(8);
    expect(read(reader, into, 1, 4)).toBe(3);
    expect([...into]).toEqual([0, 99, 100, 101, 0, 0, 0, 0]);
    expect(read(reader, into)).toBe(1);
  });

  test('write answers fewer bytes, then -EAGAIN, for a full pipe that does not block', () => {
    const [, writer] = pair(pipe(4096));
    setNonblock(writer, true);
    const much = new Uint8Array(10_000);
    expect(write(writer, much)).toBe(4096);
    expect(write(writer, much, 4096)).toBe(-EAGAIN);
  });

  test('write answers -EPIPE where nobody reads', () => {
    const [reader, writer] = pair(pipe());
    closeSync(reader);
    undo.splice(0, 1);
    expect(write(writer, bytes('x'))).toBe(-EPIPE);
  });
});

describe('places', () => {
  test('pwrite and pread move a range at an offset, past 4 GiB too', () => {
    const fd = file();
    const at = 5n << 32n;
    expect(pwrite(fd, bytes('..hello..'), 2, 5, at)).toBe(5);
    const into = new Uint8Array(9).fill(46);
    expect(pread(fd, into, 2, 5, at)).toBe(5);
    expect(text(into)).toBe('..hello..');
  });

  test('pread answers fewer bytes at the end of file, and 0 past it', () => {
    const fd = file();
    pwrite(fd, bytes('12345'), 0, 5, 0n);
    expect(pread(fd, new Uint8Array(100), 0, 100, 2n)).toBe(3);
    expect(pread(fd, new Uint8Array(100), 0, 100, 5n)).toBe(0);
  });

  test('pread leaves an offset above 2^63 - 1 to the kernel, which says EINVAL', () => {
    expect(pread(file(), new Uint8Array(1), 0, 1, 2n ** 64n - 1n)).toBe(-EINVAL);
  });
});

describe('poll', () => {
  test('poll marks what is ready and leaves out negative descriptors', () => {
    const [a, b] = pair(socketpair('stream'));
    reply(a, bytes('x'));
    const revents = new Int16Array(3).fill(-1);
    expect(poll(Int32Array.of(-1, b, a), Int16Array.of(1, PollBit.in, PollBit.in), revents, 0)).toBe(1);
    expect([...revents]).toEqual([0, PollBit.in, 0]);
  });

  test('poll takes more descriptors than fit on its stack', () => {
    const [a, b] = pair(socketpair('stream'));
    reply(a, bytes('x'));
    const fds = new Int32Array(100).fill(b),
      events = new Int16Array(100).fill(PollBit.in),
      revents = new Int16Array(100);
    expect(poll(fds, events, revents, 0)).toBe(100);
    expect(revents.every((bits) => bits === PollBit.in)).toBe(true);
  });

  test('poll waits for its time and answers 0', () => {
    const before = monotonic();
    expect(poll(new Int32Array(0), new Int16Array(0), new Int16Array(0), 20)).toBe(0);
    expect(monotonic() - before).toBeGreaterThanOrEqual(20_000_000n);
  });

  test('poll answers -EINTR for a signal, so that its handler can run', async () => {
    let seen = 0;
    const onSignal = (): void => void seen++;
    process.on('SIGWINCH', onSignal);
    undo.push(() => process.off('SIGWINCH', onSignal));
    const ended = new Promise((resolve) =>
      // Again and again: the first may come before poll waits.
      spawn('sh', ['-c', `for i in 1 2 3 4 5; do sleep 0.1; kill -WINCH ${process.pid}; done`], { stdio: 'ignore' }).on('exit', resolve),
    );
    expect(poll(new Int32Array(0), new Int16Array(0), new Int16Array(0), 10_000)).toBe(-EINTR);
    await ended;
    await expect.poll(() => seen).toBeGreaterThan(0);
  });
});

test('monotonic is the clock of process.hrtime', () => {
  const before = process.hrtime.bigint(),
    now = monotonic(),
    after = process.hrtime.bigint();
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(after);
});

test.each<[string, () => unknown, string]>([
  ['fd', () => receive(-1, new Uint8Array(1)), 'fd must be an integer from 0 to 2147483647, not -1'],
  ['fd', () => receive(1.5, new Uint8Array(1)), 'fd must be an integer from 0 to 2147483647, not 1.5'],
  ['fd', () => receive('1' as never, new Uint8Array(1)), 'fd must be a number, not string "1"'],
  ['into', () => receive(0, [] as never), 'into must be a Uint8Array, not object'],
  ['range', () => read(0, new Uint8Array(4), 2, 5), 'into has 4 bytes: 2 to 5 is not a range of them'],
  ['range', () => pread(0, new Uint8Array(4), 3, 2, 0n), 'into has 4 bytes: 3 to 5 is not a range of them'],
  ['range', () => pwrite(0, new Uint8Array(4), -1, 2, 0n), 'bytes has 4 bytes: -1 to 1 is not a range of them'],
  ['range', () => pread(0, new Uint8Array(4), 4, -2, 0n), 'into has 4 bytes: 4 to 2 is not a range of them'],
  ['u64', () => pread(0, new Uint8Array(4), 0, 4, -1n), 'at must be a u64, not -1'],
  ['u64', () => pread(0, new Uint8Array(4), 0, 4, 0 as never), 'at must be a bigint, not number 0'],
  [
    'poll',
    () => poll(new Int32Array(2), new Int16Array(1), new Int16Array(2), 0),
    'events and revents must be as long as fds (2), not 1 and 2',
  ],
])('a wrong argument is refused by name: %s (%#)', (_, call, sentence) => expect(call).toThrow(sentence));

test('alignedBuffer begins where O_DIRECT wants it, whatever the length', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mapscope-aligned-')),
    path = join(folder, 'file');
  undo.push(() => rmSync(folder, { recursive: true }));
  writeFileSync(path, new Uint8Array(8192).fill(7));
  const fd = openSync(path, fsConstants.O_RDONLY | fsConstants.O_DIRECT);
  undo.push(() => closeSync(fd));
  for (let i = 0; i < 20; i++) {
    const into = alignedBuffer(4096);
    expect(pread(fd, into, 0, 4096, 4096n)).toBe(4096);
    expect(into.every((byte) => byte === 7)).toBe(true);
  }
  expect(() => alignedBuffer(-1)).toThrow('length must be an integer');
});
