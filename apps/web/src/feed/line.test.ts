import { frameOf } from '@mapscope/shared/fixtures';
import { type Frame, Kind, stampSubscription } from '@mapscope/shared/trace';
import { describe, expect, test } from 'vitest';
import { CREDITS } from './credit.ts';
import { Line, type WireEvents, type World } from './line.ts';
import type { Link } from './link.ts';

/** An agent that is played by hand, and a clock that is moved by hand. */
function stage(refusal?: Awaited<ReturnType<World['refusal']>>) {
  const sent: unknown[] = [],
    links: Link[] = [],
    frames: Frame[] = [],
    timers: { at: number; then: () => void }[] = [],
    wires: WireEvents[] = [];
  let now = 1000,
    closed = 0;
  const world: World = {
    open(events) {
      wires.push(events);
      return { send: (text) => sent.push(JSON.parse(text)), close: () => closed++ };
    },
    refusal: () => Promise.resolve(refusal),
    now: () => now,
    later(ms, then) {
      const timer = { at: now + ms, then };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer) >>> 0, 1);
    },
  };
  const line = new Line(
    world,
    (frame) => frames.push(frame),
    (link) => links.push(link),
  );
  return {
    line,
    sent,
    links,
    frames,
    wires,
    agent: () => wires.at(-1)!,
    closed: () => closed,
    /** Lets the refusal be answered. */
    settle: () => new Promise<void>((resolve) => setTimeout(resolve, 0)),
    pass(ms: number) {
      now += ms;
      for (const timer of timers.filter(({ at }) => at <= now)) {
        timers.splice(timers.indexOf(timer), 1);
        timer.then();
      }
    },
  };
}

/** Of the stream, whose id is 1. */
const frame = (rows = 1): Uint8Array =>
  stampSubscription(frameOf(Array.from({ length: rows }, (_, k) => ({ kind: Kind.mark, time: BigInt(k) }))).bytes, 1);

describe('Line', () => {
  test('subscribes to everything when the socket opens', () => {
    const { line, agent, sent, links } = stage();
    line.start();
    agent().opened();
    expect(sent).toEqual([{ id: 1, subscribe: { inodes: 'all', credits: CREDITS } }]);
    expect(links.at(-1)).toMatchObject({ is: 'live' });
  });

  test('gives credits back only after reducing, in lumps', () => {
    const { line, agent, sent, frames } = stage();
    line.start();
    agent().opened();
    const bytes = frame(20_000);
    let given = 0;
    while (given < CREDITS / 16) {
      expect(sent).toHaveLength(1);
      agent().bytes(bytes);
      given += bytes.length;
    }
    expect(sent.at(-1)).toEqual({ id: 1, credit: given });
    expect(frames.length).toBe(given / bytes.length);
  });

  test('holds frames while it is paused, and gives them all when it goes on', () => {
    const { line, agent, sent, frames } = stage();
    line.start();
    agent().opened();
    line.pause(true);
    agent().bytes(frame());
    agent().bytes(frame());
    expect(frames).toHaveLength(0);
    line.pause(false);
    expect(frames).toHaveLength(2);
    expect(sent.slice(1)).toEqual([
      { id: 1, pause: true },
      { id: 1, pause: false },
    ]);
  });

  test('opens another socket when the old one breaks, later each time', async () => {
    const { line, agent, wires, links, pass, settle } = stage();
    line.start();
    agent().opened();
    agent().closed();
    expect(links.at(-1)).toMatchObject({ is: 'lost', lostAt: 1000, retryAt: 1500 });
    pass(499);
    expect(wires).toHaveLength(1);
    pass(1);
    expect(wires).toHaveLength(2);
    agent().closed();
    await settle();
    expect(links.at(-1)).toMatchObject({ is: 'lost', lostAt: 1000, attempt: 1 });
  });

  test('says what the agent says when it refuses', async () => {
    const { line, agent, links, settle } = stage({ status: 401, message: 'no token', help: 'open the address' });
    line.start();
    agent().closed();
    await settle();
    expect(links.at(-1)).toMatchObject({ is: 'refused', status: 401, message: 'no token' });
  });

  test('passes a wish to look again on, while there is somebody to hear it', () => {
    const { line, agent, sent } = stage();
    line.start();
    line.refresh(7);
    agent().opened();
    line.refresh(7);
    expect(sent.slice(1)).toEqual([{ id: 1, refresh: [7] }]);
  });

  test('does not wait when a person asks', () => {
    const { line, agent, wires } = stage();
    line.start();
    agent().opened();
    agent().closed();
    line.retry();
    expect(wires).toHaveLength(2);
  });

  test('begins anew when the bytes make no sense', () => {
    const { line, agent, links, closed } = stage();
    line.start();
    agent().opened();
    agent().bytes(new Uint8Array(64));
    expect(links.at(-1)).toMatchObject({ is: 'lost' });
    expect(closed()).toBe(1);
  });

  test('does not listen to a socket that it let go', () => {
    const { line, wires, frames, links } = stage();
    line.start();
    wires[0]!.opened();
    line.stop();
    wires[0]!.bytes(frame());
    wires[0]!.closed();
    expect(frames).toHaveLength(0);
    expect(links.at(-1)).toMatchObject({ is: 'live' });
  });
});
