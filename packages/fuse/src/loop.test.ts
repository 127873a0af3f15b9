import { closeSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { eventfd, monotonic, pipe, write } from '@mapscope/native';
import { decodeFrame, type Frame } from '@mapscope/shared/trace';
import { Opcode } from '@mapscope/shared/wire';
import { serve } from './loop.ts';
import { replyOf, request } from './testing/requests.ts';
import { closeRigs, sessionRig, type SessionRig } from './testing/session-rig.ts';

afterEach(closeRigs);

/** Serve until `stop`; frames as they left, with the time they did. */
async function serving(
  wakeFds: number[] = [],
  options: Parameters<typeof sessionRig>[0] = {},
): Promise<{ rig: SessionRig; frames: { frame: Frame; at: bigint }[]; stop(): Promise<boolean> }> {
  const frames: { frame: Frame; at: bigint }[] = [],
    end = new AbortController();
  const rig = await sessionRig({ ...options, sink: (bytes) => void frames.push({ frame: decodeFrame(bytes) as Frame, at: monotonic() }) });
  frames.length = 0;
  const over = serve(rig.session, { fd: rig.channel.fd, wakeFds, signal: end.signal });
  return {
    rig,
    frames,
    stop() {
      end.abort();
      return over;
    },
  };
}

/** Let Node's loop turn until `done`; a deadline says what was waited for. */
async function until(what: string, done: () => boolean): Promise<void> {
  const late = Date.now() + 5000;
  while (!done()) {
    if (Date.now() > late) throw new Error(`waited for ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('serve', () => {
  test('serve answers what comes while it polls', async () => {
    const { rig, stop } = await serving();
    for (let i = 0; i < 50; i++) {
      const { bytes, unique } = request(Opcode.STATFS, 1n);
      rig.kernel.push(bytes);
      expect(replyOf(await rig.kernel.next())).toMatchObject({ unique, error: 0 });
    }
    expect(await stop()).toBe(false);
  });

  test('serve sends an empty frame at least every 100 ms while nothing happens, so that clocks move', async () => {
    const { frames, stop } = await serving();
    await until('five frames', () => frames.length >= 5);
    await stop();
    const gaps = frames.slice(1).map(({ frame }, i) => Number(frame.until - frames[i]!.frame.until) / 1e6);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0);
    expect(gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)]).toBeLessThan(100);
  });

  test('serve lets rows wait some 10 ms, not more', async () => {
    const { rig, frames, stop } = await serving();
    rig.kernel.push(request(Opcode.STATFS, 1n).bytes);
    rig.kernel.push(request(Opcode.STATFS, 1n).bytes);
    await until('the rows of both', () => frames.reduce((n, { frame }) => n + frame.count, 0) >= 10);
    await stop();
    const waits = frames.filter(({ frame }) => frame.count > 0).map(({ frame, at }) => Number(at - frame.time[0]!) / 1e6);
    expect(Math.max(...waits)).toBeLessThan(60);
    // Rows stand in the order of their times, and none is older than what was promised before.
    let promised = 0n;
    for (const { frame } of frames) {
      expect([...frame.time].every((t, i) => t >= (frame.time[i - 1] ?? promised))).toBe(true);
      promised = frame.until;
    }
  });

  test('serve returns to Node when another descriptor is readable', async () => {
    const wake = eventfd(),
      { rig, stop } = await serving([wake]);
    let turns = 0;
    const count = (): void => {
      turns++;
      if (turns < 20) setImmediate(count);
    };
    write(wake, new Uint8Array(BigUint64Array.of(1n).buffer));
    const began = Date.now();
    setImmediate(count);
    await until('20 turns', () => turns >= 20);
    expect(Date.now() - began).toBeLessThan(1000);
    expect(rig.session.isEnded).toBe(false);
    await stop();
    closeSync(wake);
  });

  test('serve does not spin over a pipe whose writer has gone', async () => {
    const [reader, writer] = pipe() as [number, number];
    closeSync(writer);
    const { frames, stop } = await serving([reader]),
      before = process.cpuUsage();
    await until('ten frames', () => frames.length >= 10);
    const { user, system } = process.cpuUsage(before);
    await stop();
    closeSync(reader);
    expect((user + system) / 1000).toBeLessThan(400);
  });

  test('serve goes on receiving while a handler waits', async () => {
    let resolve: (n: number) => void = () => {};
    const { rig, stop } = await serving([], {
      wrap: (fs) => Object.assign(fs, { fsync: () => new Promise<number>((r) => (resolve = r)) }),
    });
    const slow = request(Opcode.FSYNCDIR, 1n, new Uint8Array(16)),
      quick = request(Opcode.STATFS, 1n);
    rig.kernel.push(slow.bytes);
    rig.kernel.push(quick.bytes);
    expect(replyOf(await rig.kernel.next()).unique).toBe(quick.unique);
    resolve(0);
    expect(replyOf(await rig.kernel.next()).unique).toBe(slow.unique);
    await stop();
  });

  test('serve ends with true when the channel is over, and closes the filesystem', async () => {
    let destroyed = 0;
    const { rig, stop } = await serving([], { wrap: (fs) => Object.assign(fs, { destroy: () => destroyed++ }) });
    rig.kernel.end();
    await until('the end', () => rig.session.isEnded);
    expect(await stop()).toBe(true);
    expect(destroyed).toBe(1);
  });
});
