import { PollBit, poll } from '@mapscope/native';
import { Errno, inHeader, outHeader } from '@mapscope/shared/wire';
import { afterEach, expect, test } from 'vitest';

import type { Channel } from './channel.ts';
import { type MemoryKernel, memoryChannel } from './channel-memory.ts';

const GETATTR = 3;
const FORGET = 2;
const INTERRUPT = 36;

const request = (unique: bigint, opcode = GETATTR, more = 0): Uint8Array => {
  const bytes = new Uint8Array(inHeader.size + more);
  inHeader.write({ len: bytes.length, opcode, unique, nodeid: 1n }, bytes);
  return bytes;
};
const head = (unique: bigint, error = 0, len: number = outHeader.size): Uint8Array => outHeader.encode({ len, error, unique });

let open: Channel | undefined;
afterEach(() => open?.close());
const make = (): { channel: Channel; kernel: MemoryKernel } => {
  const made = memoryChannel();
  open = made.channel;
  return made;
};
const room = new Uint8Array(8192);
const isReadable = (channel: Channel): boolean => poll(Int32Array.of(channel.fd), Int16Array.of(PollBit.in), new Int16Array(1), 0) === 1;

test('memoryChannel gives requests in order, one a call, and is readable while one waits', () => {
  const { channel, kernel } = make();
  expect(isReadable(channel)).toBe(false);
  kernel.push(request(2n));
  kernel.push(request(4n, GETATTR, 16));
  expect(isReadable(channel)).toBe(true);
  expect(channel.receive(room)).toBe(40);
  expect(isReadable(channel)).toBe(true);
  expect(channel.receive(room)).toBe(56);
  expect(inHeader.read(room)).toMatchObject({ unique: 4n, len: 56 });
  expect(isReadable(channel)).toBe(false);
  expect(channel.receive(room)).toBe(-Errno.EAGAIN);
});

test('memoryChannel keeps replies raw, head and body joined', async () => {
  const { channel, kernel } = make();
  kernel.push(request(2n));
  const later = kernel.next();
  expect(channel.reply(head(2n, 0, 18), Uint8Array.of(7, 8))).toBe(18);
  expect([...(await later).subarray(16)]).toEqual([7, 8]);
  expect(kernel.take()).toBeUndefined();
  expect(kernel.pending.size).toBe(0);
});

test('memoryChannel refuses as the kernel does, and knows what is still pending', () => {
  const { channel, kernel } = make();
  kernel.push(request(2n));
  expect(channel.reply(head(2n, 5))).toBe(-Errno.EINVAL);
  expect(channel.reply(head(2n, -512))).toBe(-Errno.EINVAL);
  expect(channel.reply(head(2n, 0, 99))).toBe(-Errno.EINVAL);
  expect(channel.reply(head(8n))).toBe(-Errno.ENOENT);
  expect([...kernel.pending]).toEqual([2n]);
  expect(channel.reply(head(2n, -2, 17), new Uint8Array(1))).toBe(-Errno.EINVAL);
  expect(kernel.pending.size).toBe(0);
  expect(outHeader.read(kernel.take()!)).toMatchObject({ unique: 2n, error: -Errno.EIO });
  expect(channel.reply(head(2n))).toBe(-Errno.ENOENT);
});

test('memoryChannel expects no reply to a forget, and to an interrupt only "not seen"', () => {
  const { channel, kernel } = make();
  kernel.push(request(2n, FORGET));
  kernel.push(request(5n, INTERRUPT));
  expect(kernel.pending.size).toBe(0);
  expect(channel.reply(head(2n))).toBe(-Errno.ENOENT);
  expect(channel.reply(head(5n))).toBe(-Errno.EINVAL);
  expect(channel.reply(head(5n, -Errno.EAGAIN))).toBe(16);
});

test('memoryChannel passes a notification on, by its positive code', () => {
  const { channel, kernel } = make();
  expect(channel.reply(head(0n, 2))).toBe(16);
  expect(channel.reply(head(0n))).toBe(-Errno.EINVAL);
  expect(outHeader.read(kernel.take()!)).toMatchObject({ unique: 0n, error: 2 });
});

test('memoryChannel fails a request that is larger than the room, and goes on', () => {
  const { channel, kernel } = make();
  kernel.push(request(2n, GETATTR, 9000));
  kernel.push(request(4n));
  expect(channel.receive(new Uint8Array(4096))).toBe(-Errno.EINVAL);
  expect(channel.receive(room)).toBe(40);
  expect(outHeader.read(kernel.take()!)).toMatchObject({ unique: 2n, error: -Errno.EIO });
});

test('memoryChannel answers -ENODEV after the end and after close', () => {
  const { channel, kernel } = make();
  kernel.push(request(2n));
  kernel.end();
  expect(isReadable(channel)).toBe(true);
  expect(channel.receive(room)).toBe(-Errno.ENODEV);
  channel.close();
  channel.close();
  expect(channel.reply(head(2n))).toBe(-Errno.ENODEV);
});

test('next rejects with what is pending when no reply comes', async () => {
  const { kernel } = make();
  kernel.push(request(6n));
  await expect(kernel.next(1)).rejects.toThrow('no reply within 1 ms; pending: 6');
});
