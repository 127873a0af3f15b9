import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { noRun, openPlace, type Place, titled } from './testing/agent.ts';
import { hold, letGo } from './testing/holder.ts';
import { tracesOf } from './testing/traces.ts';

/*
 * The promise of spec/live-facts.md 1 to 3: whoever of us is killed, and however dirty the mount is, nothing hangs and nothing stays.
 * Nothing of the mount is touched from this process.
 */
const WAIT = { timeout: 15_000, interval: 20 };
const noPython = existsSync('/usr/bin/python3') ? undefined : 'python3 is not installed';

let place: Place;
beforeEach(() => {
  place = openPlace();
});
afterEach(() => place.close());

const why = noRun ?? noPython;
describe.skipIf(why)(titled('SIGKILL with dirty mapped pages on the mount', why), { timeout: 60_000 }, () => {
  test.each(['supervisor', 'session', 'collector', 'server', 'workload'])('of the %s leaves nothing, and nobody waiting', async (role) => {
    const demo = await place.demo();
    const holder = await hold(join(demo.mount, 'plain/held.bin'));
    try {
      process.kill(demo.pidOf(role), 'SIGKILL');
      const ended = await demo.ended();
      await vi.waitUntil(() => place.runs().length === 0, WAIT);
      // Who has cleaned up in the place of the supervisor goes last.
      await vi.waitUntil(() => !tracesOf(demo.record).some((trace) => trace.startsWith('process')), WAIT);
      expect(tracesOf(demo.record)).toEqual([]);
      if (role !== 'supervisor') {
        expect(ended.code).toBe(1);
        expect(JSON.parse(ended.out.trim().split('\n').at(-1)!)).toMatchObject({
          error: { code: 'E_CHILD', message: `the ${role} process has ended unexpectedly (SIGKILL)` },
        });
      }
    } finally {
      expect(await letGo(holder, 5000)).toBe(true);
    }
  });

  test.each(['start', 'cleanup'])('of supervisor, collector and session at once leaves what the next %s removes', async (next) => {
    const demo = await place.demo('--workload', 'none');
    const holder = await hold(join(demo.mount, 'plain/held.bin'));
    try {
      for (const role of ['collector', 'session', 'supervisor']) process.kill(demo.pidOf(role), 'SIGKILL');
      await demo.ended();
      expect(place.runs()).toEqual([demo.record.id]);
      if (next === 'cleanup') {
        const { code, out } = await place.mapscope('cleanup', '--json');
        expect(code).toBe(0);
        expect(JSON.parse(out)).toMatchObject({ removed: expect.arrayContaining([`unmounted ${demo.mount}`]), left: [] });
      } else {
        const other = await place.demo('--workload', 'none');
        expect(place.runs()).toEqual([other.record.id]);
        other.child.kill('SIGTERM');
        const { code, err } = await other.ended();
        expect(code).toBe(0);
        expect(err).toContain(`From a run that was killed: unmounted ${demo.mount}.`);
      }
      await vi.waitUntil(() => tracesOf(demo.record).length === 0, WAIT);
    } finally {
      expect(await letGo(holder, 5000)).toBe(true);
    }
  });

  test('of supervisor and collector at once leaves nothing: the session cleans up in their place', async () => {
    const demo = await place.demo('--workload', 'none');
    const holder = await hold(join(demo.mount, 'plain/held.bin'));
    try {
      for (const role of ['collector', 'supervisor']) process.kill(demo.pidOf(role), 'SIGKILL');
      await demo.ended();
      await vi.waitUntil(() => place.runs().length === 0, WAIT);
      await vi.waitUntil(() => !tracesOf(demo.record).some((trace) => trace.startsWith('process')), WAIT);
      expect(tracesOf(demo.record)).toEqual([]);
    } finally {
      expect(await letGo(holder, 5000)).toBe(true);
    }
  });

  test('is not needed for a session that does not answer: asked twice, the run ends without it', async () => {
    const demo = await place.demo('--workload', 'none');
    const holder = await hold(join(demo.mount, 'plain/held.bin'));
    try {
      process.kill(demo.pidOf('session'), 'SIGSTOP');
      demo.child.kill('SIGINT');
      await sleep(400);
      demo.child.kill('SIGTERM');
      expect((await demo.ended()).code).toBe(0);
      expect([place.runs(), tracesOf(demo.record)]).toEqual([[], []]);
    } finally {
      expect(await letGo(holder, 5000)).toBe(true);
    }
  });
});
