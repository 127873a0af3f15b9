import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, realpathSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Errno, inHeader, initIn } from '@mapscope/shared/wire';
import { afterEach, describe, expect, test } from 'vitest';

const NOBODY = 65534;
const INIT = 26;
/** Folder of what a script of a few lines imports. */
const PROGRAMS = process.env['MAPSCOPE_PROGRAMS']!;
const canMount = process.geteuid?.() === 0 && existsSync('/dev/fuse');

const undo: (() => unknown)[] = [];
afterEach(() => {
  for (const step of undo.splice(0).reverse()) step();
});

// The mount itself lives in the namespace of the child and ends with it.
function folder(): string {
  const made = realpathSync(mkdtempSync(join(tmpdir(), 'mapscope user-')));
  undo.push(() => rmdirSync(made));
  return made;
}

const has = (tool: string): boolean => spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0;
/** Root is needed to become somebody else; a private mount namespace so that /dev/fuse can be opened there as udev leaves it. */
const canBeUser = canMount && ['fusermount3', 'setpriv', 'unshare'].every(has);

describe.skipIf(!canBeUser)('a plain user', () => {
  const script = (options: string): string => `
const { mountFuse, abortFuse, findMount } = await import('${PROGRAMS}/fuse.mjs');
const { receive } = await import('${PROGRAMS}/native.mjs');
const told = await mountFuse(${options});
if (told.code) console.log(JSON.stringify(told));
else {
  const room = new Uint8Array(1 << 17);
  let length;
  while ((length = receive(told.fd, room)) < 0) await new Promise((resolve) => setTimeout(resolve, 1));
  const flags = /^flags:\\s+(\\d+)/m.exec((await import('node:fs')).readFileSync('/proc/self/fdinfo/' + told.fd, 'utf8'))[1];
  const row = await findMount(told.target);
  const again = await mountFuse(${options});
  const abort = await abortFuse({ connection: told.connection });
  const unmount = await told.unmount() ?? null;
  console.log(JSON.stringify({ how: told.how, length, opcode: room[4], flags, row, again, abort, unmount, left: await findMount(told.target) ?? null, end: receive(told.fd, room) }));
}
process.exit(0);`;

  /** `device`: the mode of /dev/fuse. */
  function asUser(target: string, device: string, more = ''): Record<string, unknown> {
    const node = `${target}.fuse`;
    undo.push(() => rmSync(node, { force: true }));
    const inside = `mknod "$0" c 10 229 && chmod ${device} "$0" && mount --bind "$0" /dev/fuse &&
      exec setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups "$@"`;
    const options = `{ target: ${JSON.stringify(target)}, name: 'mapscope', subtype: 'test'${more} }`;
    const command = [process.execPath, '--input-type=module', '-e', script(options)];
    const ended = spawnSync('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', inside, node, ...command], {
      encoding: 'utf8',
      timeout: 15_000,
    });
    if (ended.status !== 0) throw new Error(`${ended.status ?? ended.signal}: ${ended.stderr}`);
    return JSON.parse(ended.stdout) as Record<string, unknown>;
  }
  function ownFolder(): string {
    const made = folder();
    chownSync(made, NOBODY, NOBODY);
    return made;
  }

  test('mountFuse mounts through fusermount3, and unmount undoes it', () => {
    const target = ownFolder();
    expect(asUser(target, '666')).toMatchObject({
      how: 'fusermount3',
      length: inHeader.size + initIn.size,
      opcode: INIT,
      // O_CLOEXEC and O_NONBLOCK and O_RDWR.
      flags: '02104002',
      row: { path: target, type: 'fuse.test', source: 'mapscope' },
      again: { code: 'E_MOUNT_POINT_TAKEN' },
      abort: { code: 'E_ABORT_PERMISSION' },
      unmount: null,
      left: null,
      end: -Errno.ENODEV,
    });
  });

  test('mountFuse says what fusermount3 refuses, and what helps', () => {
    expect(asUser(ownFolder(), '600')).toMatchObject({ code: 'E_FUSE_PERMISSION' });
    expect(asUser(ownFolder(), '666', ', allowOther: true')).toMatchObject({
      code: 'E_ALLOW_OTHER',
      help: expect.stringContaining('user_allow_other') as string,
    });
    const foreign = folder();
    chmodSync(foreign, 0o755);
    expect(asUser(foreign, '666')).toMatchObject({
      code: 'E_MOUNT_POINT_PERMISSION',
      message: expect.stringContaining('no write access') as string,
    });
  });

  test('mountFuse says that fusermount3 is missing', () => {
    const target = ownFolder();
    const told = asUser(target, '666', `, ...(process.env.PATH = '/nowhere', {})`);
    expect(told).toEqual({
      code: 'E_FUSERMOUNT_MISSING',
      message: 'a plain user mounts through fusermount3, which is not installed',
      help: 'Install it: apt-get install -y fuse3; or run as root',
    });
  });
});
