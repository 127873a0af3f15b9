import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createRun, isAlive, readSettings } from '../host/index.ts';
import type { Child } from './child.ts';
import type { Ground } from './ground.ts';
import { type Crew, run } from './run.ts';

/* Children here are a few lines of JavaScript at a real leash, each in a process of its own. */
const speak = `
const say = (line) => process.stdout.write(JSON.stringify(line) + '\\n');
const note = (what) => require('fs').appendFileSync(process.env.NOTES, what + '\\n');
const lines = (take) => require('readline').createInterface({ input: process.stdin }).on('line', (line) => take(JSON.parse(line)));
`;
const programs: Readonly<Record<string, string>> = {
  // Does as it is told.
  session: `lines((order) => { if (order.do === 'start') say({ ready: { got: order.with } }); if (order.do === 'stop') { note('session left'); process.exit(0); } });`,
  collector: `lines((order) => { if (order.do === 'start') say({ ready: {} }); if (order.do === 'stop') { note('collector left'); process.exit(0); } });`,
  // Cannot do its work.
  server: `lines((order) => { say({ failed: { code: 'E_PORT_TAKEN', message: 'port 7070 is taken', help: 'Choose another' } }); process.exit(1); });`,
  // Is deaf.
  workload: `lines((order) => { if (order.do === 'start') say({ ready: {} }); });`,
};

let folder: string, ground: Ground, said: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mapscope-supervisor-'));
  for (const [role, text] of Object.entries(programs)) writeFileSync(join(folder, `${role}.js`), speak + text);
  said = [];
  process.env['NOTES'] = join(folder, 'notes');
  const env = { MAPSCOPE_RUNTIME_DIR: join(folder, 'run'), MAPSCOPE_STATE_DIR: join(folder, 'state') };
  ground = {
    settings: readSettings({ env, uid: 0, home: folder, tmp: folder }),
    uid: process.getuid!(),
    tmp: folder,
    version: '0',
    programs: folder,
    page: folder,
    command: ['test'],
    commandLine: ['mapscope', 'test'],
    say: (sentence) => said.push(sentence),
  };
});
afterEach(() => {
  delete process.env['NOTES'];
  rmSync(folder, { recursive: true, force: true });
});

const notes = (): string[] => (existsSync(join(folder, 'notes')) ? readFileSync(join(folder, 'notes'), 'utf8').trim().split('\n') : []);
const runs = (): string[] => readdirSync(join(folder, 'run/runs'));
const problem = (fields: object): unknown => expect.objectContaining({ problem: expect.objectContaining(fields) });

describe('run', () => {
  test('starts children with their first line, ends them in order when asked, and leaves nothing', async () => {
    let crew: Crew | undefined;
    const children: Child<unknown>[] = [];
    const over = run(ground, async (given) => {
      crew = given;
      // Started in the wrong order: they end along the way of the data all the same.
      for (const role of ['collector', 'session'] as const) children.push(given.start(role, [], { a: 1 }));
      given.atEnd(() => {
        writeFileSync(join(folder, 'notes'), 'step\n');
      });
      expect(await given.during(children[1]!.ready)).toEqual({ got: { a: 1, logLevel: 'info' } });
      expect(given.run.record().processes.map(({ role }) => role)).toEqual(['supervisor', 'collector', 'session']);
    });
    await vi.waitUntil(() => children.length === 2, { timeout: 10_000 });
    await children[0]!.ready;
    expect(runs()).toEqual([crew!.run.id]);
    process.emit('SIGTERM');
    await over;
    expect(notes()).toEqual(['step', 'session left', 'collector left']);
    expect(runs()).toEqual([]);
    expect(children.map((child) => isAlive(child.identity))).toEqual([false, false]);
  });

  test("rejects with a child's own words when it cannot do its work", async () => {
    const over = run(ground, async ({ start, during }) => void (await during(start<object, unknown>('server', [], {}).ready)));
    await expect(over).rejects.toEqual(problem({ code: 'E_PORT_TAKEN', message: 'port 7070 is taken' }));
    expect(runs()).toEqual([]);
  });

  test('ends the others and says which one has died, when one dies', async () => {
    const over = run(ground, async ({ start, during }) => {
      const session = start<object, unknown>('session', [], {}),
        collector = start<object, unknown>('collector', [], {});
      await during(Promise.all([session.ready, collector.ready]));
      process.kill(collector.identity.pid, 'SIGKILL');
    });
    await expect(over).rejects.toEqual(problem({ code: 'E_CHILD', message: 'the collector process has ended unexpectedly (SIGKILL)' }));
    expect(notes()).toEqual(['session left']);
    expect(runs()).toEqual([]);
  });

  test('has the session tell everything anew when the collector asks for it, and nobody else', async () => {
    const asks = `lines((order) => { if (order.do === 'start') say({ ready: {} }), say({ asked: 'tell-again' }); });`;
    for (const role of ['collector', 'workload']) writeFileSync(join(folder, `${role}.js`), speak + asks);
    const hears = `lines((order) => { if (order.do === 'start') say({ ready: {} }); else note(order.do); });`;
    writeFileSync(join(folder, 'session.js'), speak + hears);
    await run(ground, async ({ start, during }) => {
      await during(start<object, unknown>('session', [], {}).ready);
      await during(start<object, unknown>('workload', [], {}).ready);
      await during(start<object, unknown>('collector', [], {}).ready);
      await vi.waitUntil(() => notes().length > 0, { timeout: 10_000 });
      process.emit('SIGINT');
      // It never ends by itself: who asks twice, and not at once, does not wait for that.
      void Promise.all([sleep(400), vi.waitUntil(() => notes().length > 1, { timeout: 10_000 })]).finally(() => process.emit('SIGINT'));
    });
    expect(notes()).toEqual(['tell-again', 'stop']);
  });

  test('does not wait for a deaf child when it is asked twice', async () => {
    // What it would wait for never comes.
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    try {
      await run(ground, async ({ start, during }) => {
        await during(start<object, unknown>('workload', [], {}).ready);
        process.emit('SIGINT');
        void sleep(400).then(() => process.emit('SIGINT'));
      });
    } finally {
      vi.useRealTimers();
    }
    expect(runs()).toEqual([]);
  });

  test('takes a Ctrl-C that arrives twice for one, and hurries nobody', async () => {
    let hurry: AbortSignal | undefined;
    await run(ground, async (crew) => {
      ({ hurry } = crew);
      await crew.during(crew.start<object, unknown>('session', [], {}).ready);
      // From the terminal, and passed on by npm.
      process.emit('SIGINT');
      process.emit('SIGINT');
    });
    expect([hurry!.aborted, notes()]).toEqual([false, ['session left']]);
  });

  test('ends quietly when it is asked to before it has begun', async () => {
    await run(ground, async ({ during }) => {
      process.emit('SIGHUP');
      await during(new Promise(() => undefined));
    });
    expect(runs()).toEqual([]);
  });

  test('first releases what a killed run left, and says what', async () => {
    const dead = createRun(ground.settings.runtimeDir, ['demo'], 0),
      images = join(folder, 'images');
    writeFileSync(images, 'x');
    dead.note({ temp: [images], processes: [{ role: 'supervisor', pid: process.pid, startTicks: 1 }] });
    dead.unlock();
    await run(ground, async () => {
      expect(existsSync(images)).toBe(false);
      process.emit('SIGTERM');
    });
    expect(said).toEqual([`From a run that was killed: removed ${images}.`, `From a run that was killed: removed ${dead.folder}.`]);
  });
});
