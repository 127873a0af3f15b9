import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { dropPrivileges } from './privileges.ts';

const { ENOSYS, EOPNOTSUPP, EPERM } = constants.errno;
const NOBODY = 65534;
/** What a script of a few lines imports. */
const NATIVE = JSON.stringify(`${process.env['MAPSCOPE_PROGRAMS']}/native.mjs`);

/** What `/proc/self/task/N/status` says of each thread, after the drop, and what the process can do then. */
interface Told {
  readonly result: number;
  readonly threads: readonly Readonly<Record<string, string>>[];
  readonly can: Readonly<Record<string, string>>;
}

/** In a process of its own, since it is for good. A worker runs before it and another starts after it: threads of both kinds are looked at. */
const script = (ids: string): string => `
const fs = require('node:fs'), { Worker } = require('node:worker_threads'), { once } = require('node:events');
const code = 'require("node:worker_threads").parentPort.on("message", () => {})';
(async () => {
  const { dropPrivileges, openFuse, mount, setParentDeathSignal } = await import(${NATIVE});
  const early = new Worker(code, { eval: true });
  await once(early, 'online');
  await new Promise((resolve) => fs.readFile('/etc/hostname', resolve));
  const result = dropPrivileges(${ids});
  const late = new Worker(code, { eval: true });
  await once(late, 'online');
  const threads = fs.readdirSync('/proc/self/task').map((tid) => Object.fromEntries(
    fs.readFileSync('/proc/self/task/' + tid + '/status', 'utf8').trim().split('\\n').map((line) => line.split(/:\\s*/))));
  const attempt = (act) => { try { const n = act(); return n < 0 ? 'errno ' + -n : 'yes' } catch (error) { return error.code } };
  const can = {
    becomeRoot: attempt(() => process.setuid(0)),
    readShadow: attempt(() => fs.readFileSync('/etc/shadow')),
    mount: attempt(() => mount('x', '/mnt', 'tmpfs', 0, '')),
    beLookedInto: require('node:child_process').spawnSync('ls', ['/proc/' + process.pid + '/fd'], { stdio: 'ignore' }).status === 0 ? 'yes' : 'no',
    suid: require('node:child_process').spawnSync('su', ['-c', 'true'], { stdio: 'ignore' }).status === 0 ? 'yes' : 'no',
  };
  process.stdout.write(JSON.stringify({ result, threads, can }));
  process.exit(0);
})();`;

function run(ids: string, before: readonly string[] = []): Told {
  const [command, ...args] = [...before, process.execPath, '-e', script(ids)];
  const ended = spawnSync(command!, args, { encoding: 'utf8', timeout: 15_000 });
  if (ended.status !== 0) throw new Error(`${ended.status ?? ended.signal}: ${ended.stderr}`);
  return JSON.parse(ended.stdout) as Told;
}

const isRoot = process.geteuid?.() === 0;
const hasSetpriv = ['/usr/bin/setpriv', '/bin/setpriv'].some((path) => existsSync(path));
const none = '0000000000000000';

// Needs root, since only root has something to drop.
describe.skipIf(!isRoot)('as root', () => {
  test('dropPrivileges leaves no thread with ids, groups, capabilities or a way to new ones', () => {
    const { result, threads, can } = run(`{ uid: ${NOBODY}, gid: ${NOBODY} }`);
    expect(result).toBe(0);
    expect(threads.length).toBeGreaterThan(10);
    for (const thread of threads)
      expect(thread).toMatchObject({
        Uid: `${NOBODY}\t${NOBODY}\t${NOBODY}\t${NOBODY}`,
        Gid: `${NOBODY}\t${NOBODY}\t${NOBODY}\t${NOBODY}`,
        Groups: '',
        CapPrm: none,
        CapEff: none,
        CapAmb: none,
        NoNewPrivs: '1',
        Seccomp: '2',
      });
    expect(threads[0]).toMatchObject({ CapInh: none, CapBnd: none });
    expect(can).toEqual({ becomeRoot: 'EPERM', readShadow: 'EACCES', mount: `errno ${EPERM}`, beLookedInto: 'no', suid: 'no' });
  });

  test('dropPrivileges with a root leaves nothing to open outside of that folder', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mapscope-root-'));
    try {
      chownSync(folder, NOBODY, NOBODY);
      const code = `
        const fs = require('node:fs');
        import(${NATIVE}).then(({ dropPrivileges }) => {
          const result = dropPrivileges({ uid: ${NOBODY}, gid: ${NOBODY}, root: ${JSON.stringify(folder)} });
          fs.writeFileSync('inside', 'x');
          const seen = fs.readdirSync('/'), up = fs.readdirSync('/..');
          process.stdout.write(JSON.stringify({ result, seen, up, tmp: fs.existsSync('/tmp') }));
          process.exit(0);
        });`;
      const ended = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8', timeout: 15_000 });
      expect(JSON.parse(ended.stdout || ended.stderr)).toEqual({ result: 0, seen: ['inside'], up: ['inside'], tmp: false });
      expect(statSync(join(folder, 'inside')).uid).toBe(NOBODY);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test.skipIf(!hasSetpriv)('dropPrivileges without ids locks a plain user in as he is', () => {
    const { result, threads, can } = run('', ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']);
    expect(result).toBe(0);
    for (const thread of threads) expect(thread).toMatchObject({ CapPrm: none, CapEff: none, NoNewPrivs: '1' });
    expect(can).toMatchObject({ becomeRoot: 'EPERM', readShadow: 'EACCES' });
  });

  test.skipIf(!hasSetpriv)('confineWrites leaves a plain user one folder to write to, in every thread', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mapscope-confined-')),
      inside = join(folder, 'inside'),
      mine = join(folder, 'mine');
    try {
      for (const path of [inside, mine]) {
        mkdirSync(path);
        chownSync(path, NOBODY, NOBODY);
      }
      chownSync(folder, NOBODY, NOBODY);
      writeFileSync(join(mine, 'kept'), 'kept');
      chownSync(join(mine, 'kept'), NOBODY, NOBODY);
      // The pool's threads are there before: they have to be told too.
      const code = `
        const fs = require('node:fs'), { join } = require('node:path');
        const [inside, mine] = ${JSON.stringify([inside, mine])};
        const tell = (what) => what.then(() => 'done', ({ code }) => code);
        (async () => {
          await Promise.all(Array.from({ length: 16 }, () => fs.promises.readFile('/etc/hostname')));
          const { confineWrites, dropPrivileges } = await import(${NATIVE});
          const result = dropPrivileges() || confineWrites(inside);
          const of = (folder) => [
            ...Array.from({ length: 8 }, (_, k) => fs.promises.writeFile(join(folder, 'new' + k), 'x')),
            (async () => fs.writeFileSync(join(folder, 'sync'), 'x'))(),
            fs.promises.mkdir(join(folder, 'folder')),
            fs.promises.symlink('/', join(folder, 'link')),
          ].map(tell);
          const outside = [
            ...of(mine),
            ...[fs.promises.truncate(join(mine, 'kept')), fs.promises.unlink(join(mine, 'kept')), fs.promises.rename(join(mine, 'kept'), join(inside, 'kept'))].map(tell),
          ];
          const within = new Set(await Promise.all(of(inside))), beyond = new Set(await Promise.all(outside));
          process.stdout.write(JSON.stringify([result, [...within], [...beyond], fs.readFileSync(join(mine, 'kept'), 'utf8')]));
          process.exit(0);
        })();`;
      const ended = spawnSync('setpriv', [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', process.execPath, '-e', code], {
        encoding: 'utf8',
        timeout: 15_000,
      });
      const [result, within, beyond, kept] = JSON.parse(ended.stdout || JSON.stringify([ended.stderr])) as [
        number,
        string[],
        string[],
        string,
      ];
      if (result === -ENOSYS || result === -EOPNOTSUPP) return;
      expect([result, within, kept]).toEqual([0, ['done'], 'kept']);
      // EXDEV: what would leave the bounds is another filesystem to whoever moves it.
      expect(beyond.every((code) => code === 'EACCES' || code === 'EXDEV')).toBe(true);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test.skipIf(!hasSetpriv)('dropPrivileges answers -EPERM while any other thread keeps a capability', () => {
    const given = [
      'setpriv',
      `--reuid=${NOBODY}`,
      `--regid=${NOBODY}`,
      '--clear-groups',
      '--inh-caps=+net_admin',
      '--ambient-caps=+net_admin',
    ];
    expect(run('', given).result).toBe(-EPERM);
  });
});

test('dropPrivileges refuses an id that means "leave it" to the kernel', () => {
  expect(() => dropPrivileges({ uid: 0xffff_ffff, gid: 1 })).toThrow('uid must be an integer from 0 to 4294967294, not 4294967295');
});
