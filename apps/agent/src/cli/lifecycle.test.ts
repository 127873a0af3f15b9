import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { RECORDING_VERSION } from '@mapscope/shared/trace';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { isRoot, noRun, openPlace, type Place, runToEnd, titled } from './testing/agent.ts';
import { append, hold, letGo } from './testing/holder.ts';
import { tracesOf } from './testing/traces.ts';

let place: Place;
beforeEach(() => {
  place = openPlace();
});
afterEach(() => place.close());

/** A shell in a process of its own: the mount is never touched from here. */
const sh = async (script: string): Promise<string> => {
  const { code, out, err } = await runToEnd('bash', ['-euo', 'pipefail', '-c', script]);
  expect(code, `${script}\n${err}`).toBe(0);
  return out;
};

describe.skipIf(noRun)(titled('mapscope demo', noRun), { timeout: 60_000 }, () => {
  test('mounts, serves and shows, and ends at Ctrl-C without a trace', async () => {
    const demo = await place.demo('--workload', 'none');
    const file = join(demo.mount, 'plain/a');
    await sh(`head -c 300000 /dev/zero | tr '\\0' x > ${file}; sync ${file}; test $(wc -c < ${file}) = 300000`);
    const shown = await place.mapscope('show', file, '--json');
    expect(JSON.parse(shown.out)).toMatchObject({ file, size: '300000', extents: [{ type: 'MAPPED', offset: '0' }] });
    expect((await fetch(demo.url, { redirect: 'manual' })).status).toBeLessThan(400);

    const { runs } = JSON.parse((await place.mapscope('status', '--json')).out) as {
      runs: { id: string; mounts: { path: string }[]; processes: { role: string; alive: boolean }[] }[];
    };
    expect(runs).toMatchObject([{ id: demo.record.id, url: demo.url, mounts: [{ path: demo.mount }] }]);
    expect(runs[0]!.processes.map(({ role, alive }) => [role, alive])).toEqual(
      ['supervisor', 'session', 'collector', 'server'].map((role) => [role, true]),
    );

    process.kill(-demo.child.pid!, 'SIGINT');
    expect(await demo.ended()).toMatchObject({ code: 0, err: '' });
    expect([place.runs(), tracesOf(demo.record)]).toEqual([[], []]);
  });

  test('shows the size that stat says before fsync, beside the one the filesystem was told', async () => {
    const demo = await place.demo('--workload', 'none');
    let tries = 0;
    const shown = async (): Promise<void> => {
      const file = join(demo.mount, `plain/grown${++tries}.bin`),
        show = async (): Promise<object> => JSON.parse((await place.mapscope('show', file, '--json')).out) as object,
        writer = await append(file, 300_001);
      try {
        const size = (await sh(`stat -c %s ${file}`)).trim();
        expect(size).toBe('300001');
        // Nobody has asked the filesystem for a place yet.
        const nowhere = { type: expect.stringMatching(/^(HOLE|UNKNOWN)$/), offset: '0', length: size, addr: null };
        expect(await show()).toMatchObject({ size, reportedSize: '0', extents: [nowhere] });
        await writer.fsync();
        const synced = await show();
        expect(synced).toMatchObject({ size, extents: [{ type: 'MAPPED', offset: '0' }] });
        expect(synced).not.toHaveProperty('reportedSize');
      } finally {
        await letGo(writer.child, 5000);
      }
    };
    // A sync or reclaim for somebody else writes back what is dirty everywhere: then once more.
    await vi.waitFor(shown, { timeout: 15_000 });
  });

  test.each(['SIGTERM', 'SIGHUP'] as const)('ends in order at %s while a program has the mount in use, and names it', async (signal) => {
    const demo = await place.demo('--workload', 'none');
    const holder = await hold(join(demo.mount, 'plain/held.bin'));
    try {
      demo.child.kill(signal);
      const { code, err } = await demo.ended();
      expect(code).toBe(0);
      expect(err).toContain(`still in use by python3 (${holder.pid})`);
      expect([place.runs(), tracesOf(demo.record)]).toEqual([[], []]);
    } finally {
      expect(await letGo(holder, 5000)).toBe(true);
    }
  });

  test('is ended by `mapscope stop`, which waits until it is over', async () => {
    const demo = await place.demo('--workload', 'gentle');
    expect(await place.mapscope('stop', '--json')).toMatchObject({ code: 0, out: `{"stopped":["${demo.record.id}"]}\n` });
    expect([place.runs(), tracesOf(demo.record)]).toEqual([[], []]);
    expect((await demo.ended()).code).toBe(0);
  });

  test('runs twice at once, and neither the end nor the death of one harms the other', async () => {
    const [a, b, c] = [
      await place.demo('--workload', 'none'),
      await place.demo('--workload', 'none'),
      await place.demo('--workload', 'none'),
    ];
    expect(new Set([a.mount, b.mount, c.mount]).size).toBe(3);
    expect(await place.mapscope('stop')).toMatchObject({ code: 1, err: expect.stringMatching(/^3 runs are there\. Name one: /) });
    expect((await place.mapscope('stop', a.record.id)).code).toBe(0);
    c.child.kill('SIGKILL');
    await c.ended();
    expect((await place.mapscope('cleanup')).code).toBe(0);
    expect(place.runs()).toEqual([b.record.id]);
    await sh(`echo still > ${b.mount}/plain/here; sync ${b.mount}/plain/here; grep -q still ${b.mount}/plain/here`);
    b.child.kill('SIGTERM');
    expect((await b.ended()).code).toBe(0);
    expect([a, b, c].flatMap(({ record }) => tracesOf(record))).toEqual([]);
  });

  test('keeps with --dir what was fsynced, also when everything of it was killed, and refuses a second run on it', async () => {
    const dir = join(place.folder, 'kept');
    const first = await place.demo('--workload', 'none', '--dir', dir);
    await sh(`seq 1 30000 > ${first.mount}/striped/numbers; sync ${first.mount}/striped/numbers`);
    await expect(place.demo('--dir', dir)).rejects.toThrow('E_DIR_BUSY');
    for (const role of ['session', 'supervisor', 'collector', 'server']) process.kill(first.pidOf(role), 'SIGKILL');
    await first.ended();
    const second = await place.demo('--workload', 'none', '--dir', dir);
    expect(await sh(`cat ${second.mount}/striped/numbers | sha256sum`)).toBe(await sh('seq 1 30000 | sha256sum'));
    second.child.kill('SIGTERM');
    expect((await second.ended()).code).toBe(0);
    expect(statSync(join(dir, 'img0')).isFile()).toBe(true);
  });

  test('keeps images and recording in a --dir that is named from where it was started, and nowhere else', async () => {
    const demo = await place.demo('--workload', 'gentle', '--dir', 'here'),
      recording = join(place.folder, 'here/recording');
    expect(demo.recording).toBe(recording);
    await vi.waitUntil(() => readdirSync(recording).length > 0, { timeout: 15_000 });
    demo.child.kill('SIGTERM');
    expect((await demo.ended()).code).toBe(0);
    expect([existsSync('/here'), existsSync(join(place.folder, 'here/img0')), readdirSync(recording)]).toEqual([
      false,
      true,
      ['000001.mapscope'],
    ]);
  });

  test('goes on with a --dir whose folders somebody has removed, with what the workload still can write', async () => {
    const first = await place.demo('--workload', 'none', '--dir', 'here');
    await sh(`rm -r ${first.mount}/plain`);
    first.child.kill('SIGTERM');
    await first.ended();
    const second = await place.demo('--workload', 'gentle', '--dir', 'here');
    await vi.waitUntil(async () => (await sh(`ls ${second.mount}/tiny`)) !== '', { timeout: 15_000 });
    second.child.kill('SIGTERM');
    expect((await second.ended()).code).toBe(0);
  });

  test('is recorded by `mapscope record`, and `mapscope replay` serves what was recorded', async () => {
    const demo = await place.demo('--workload', 'none'),
      file = join(place.folder, 'recording');
    await sh(`echo before > ${demo.mount}/plain/before; sync ${demo.mount}/plain/before`);
    const recording = place.mapscope('record', '-o', file, '--for', '4', '--json');
    // What comes before it has begun, or when its time is over, is not in it.
    await vi.waitUntil(() => existsSync(file) && statSync(file).size > 0, { timeout: 15_000 });
    await sh(`for i in 1 2 3 4 5 6 7 8; do echo $i >> ${demo.mount}/plain/during; sync ${demo.mount}/plain/during; done`);
    const { code, out } = await recording;
    expect([code, JSON.parse(out)]).toEqual([0, { recording: file, bytes: statSync(file).size, ended: true }]);
    demo.child.kill('SIGTERM');
    expect((await demo.ended()).code).toBe(0);

    const stat = JSON.parse((await place.mapscope('stat', file, '--json')).out) as { ended: boolean; devices: unknown[]; rows: object };
    expect(stat).toMatchObject({ ended: true, flaws: [], lost: '0', rows: { 'op-begin': expect.any(Number), folio: expect.any(Number) } });
    expect(stat).toMatchObject({ commandLine: expect.arrayContaining(['mapscope', 'demo', '--workload', 'none']) });
    const known = JSON.parse((await place.mapscope('show', '--in', file, 'plain/during', '--json')).out) as {
      size: string;
      extents: object[];
    };
    expect(known).toMatchObject({ file: 'plain/during', size: '16', extents: [{ how: 'reported' }] });

    const replay = await place.start('replay', file, '--speed', '1000');
    expect(replay).toMatchObject({ mount: null, recording: file });
    await vi.waitUntil(
      async () => {
        const { runs } = JSON.parse((await place.mapscope('status', '--json')).out) as {
          runs: { agent: { model: { files: number } } | null }[];
        };
        return (runs[0]?.agent?.model.files ?? 0) >= 7;
      },
      { timeout: 15_000 },
    );
    replay.child.kill('SIGINT');
    expect((await replay.ended()).code).toBe(0);
    expect(place.runs()).toEqual([]);
  });

  test('whose server is killed leaves a recording that can be read, and `mapscope record` says that its end is missing', async () => {
    const demo = await place.demo('--workload', 'none'),
      file = join(place.folder, 'recording'),
      recording = place.mapscope('record', '-o', file, '--json');
    await vi.waitUntil(() => existsSync(file) && statSync(file).size > 0, { timeout: 15_000 });
    await sh(`echo seen > ${demo.mount}/plain/seen; sync ${demo.mount}/plain/seen`);
    // A block is sent within half a second.
    const before = statSync(file).size;
    await vi.waitUntil(() => statSync(file).size > before, { timeout: 15_000 });
    process.kill(demo.pidOf('server'), 'SIGKILL');
    expect((await demo.ended()).code).toBe(1);
    const { code, out, err } = await recording;
    expect([code, JSON.parse(out), err]).toMatchObject([0, { ended: false }, expect.stringContaining('what it saw last is missing')]);
    const stat = await place.mapscope('stat', file, '--json');
    expect(JSON.parse(stat.out)).toMatchObject({ ended: false, version: RECORDING_VERSION });
    const known = await place.mapscope('show', '--in', file, 'plain/seen', '--json');
    expect(JSON.parse(known.out)).toMatchObject({ file: 'plain/seen' });
  });

  test('lets the dirty pages of its mount last, as root', async ({ skip }) => {
    if (!isRoot) skip('only root may set max_ratio');
    const demo = await place.demo('--workload', 'none');
    const device = demo.record.mounts[0]!.device!;
    expect(readFileSync(`/sys/class/bdi/${device}/max_ratio`, 'utf8').trim()).toBe('100');
    demo.child.kill('SIGTERM');
    await demo.ended();
  });

  test('ends with a sentence when somebody else unmounts it', async () => {
    const demo = await place.demo('--workload', 'none');
    await sh(`umount ${demo.mount}`);
    const { code, out } = await demo.ended();
    expect(code).toBe(1);
    expect(JSON.parse(out.trim().split('\n').at(-1)!)).toMatchObject({
      error: { code: 'E_UNMOUNTED', message: `${demo.mount} was unmounted by somebody else` },
    });
    expect([place.runs(), tracesOf(demo.record)]).toEqual([[], []]);
  });
});
