import { chmodSync, closeSync, mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { mount, openFuse, umount } from '@mapscope/native';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isRoot, noRun, openPlace, type Place, runToEnd, titled } from './testing/agent.ts';
import { tracesOf } from './testing/traces.ts';

/** Each in one sentence with a way out, and without anything left of the start that failed. */
let place: Place;
beforeEach(() => {
  place = openPlace();
});
afterEach(() => place.close());

async function refusal(...words: string[]): Promise<{ code: string; message: string; help: string }> {
  const { code, out } = await place.mapscope('demo', '--port', '0', ...words, '--json');
  expect(code).toBe(1);
  expect(place.runs()).toEqual([]);
  const { error } = JSON.parse(out) as { error: { code: string; message: string; help: string } };
  expect(error.help).not.toBe('');
  return error;
}

describe.skipIf(noRun)(titled('mapscope demo refuses', noRun), { timeout: 60_000 }, () => {
  test('a mount point that is not there', async () => {
    const path = join(place.folder, 'none');
    expect(await refusal('--mount', path)).toMatchObject({
      code: 'E_MOUNT_MISSING',
      message: `the mount point ${path} does not exist`,
      help: `Make it: mkdir -p ${path}`,
    });
  });

  test('a mount point that is a file', async () => {
    const path = join(place.folder, 'file');
    writeFileSync(path, '');
    expect(await refusal('--mount', path)).toMatchObject({
      code: 'E_MOUNT_MISSING',
      message: `the mount point ${path} cannot be used: it is not a folder`,
    });
  });

  test('a mount point with something in it', async () => {
    mkdirSync(join(place.folder, 'full/inside'), { recursive: true });
    expect(await refusal('--mount', join(place.folder, 'full'))).toMatchObject({ code: 'E_MOUNT_BUSY' });
  });

  test('a mount point that is one already', async ({ skip }) => {
    if (!isRoot) skip('needs root to mount');
    const path = join(place.folder, 'busy');
    mkdirSync(path);
    expect(mount('somebody', path, 'tmpfs', 0, 'size=64k')).toBe(0);
    try {
      expect(await refusal('--mount', path)).toMatchObject({
        code: 'E_MOUNT_BUSY',
        message: `${path} is a mount point already (tmpfs, somebody)`,
      });
    } finally {
      umount(path, { detach: true });
    }
  });

  test('a mount point on a mount of mapscope, without asking that mount', async () => {
    const other = await place.demo('--workload', 'none');
    // It cannot answer: whoever asked it would wait.
    process.kill(other.pidOf('session'), 'SIGSTOP');
    try {
      const { code, out } = await place.mapscope('demo', '--mount', `${other.mount}/plain`, '--json');
      expect([code, JSON.parse(out)]).toMatchObject([
        1,
        { error: { code: 'E_MOUNT_BUSY', message: `${other.mount}/plain lies on a mount of mapscope (${other.mount})` } },
      ]);
    } finally {
      process.kill(other.pidOf('session'), 'SIGCONT');
      other.child.kill('SIGTERM');
      await other.ended();
    }
  });

  test('a folder for its images that cannot be, at once', async () => {
    writeFileSync(join(place.folder, 'file'), '');
    for (const [dir, why] of [
      ['/proc/nowhere', 'ENOENT'],
      ['file', 'ENOTDIR'],
      ['file/below', 'ENOTDIR'],
    ] as const)
      expect(await refusal('--dir', dir)).toMatchObject({
        code: 'E_DIR',
        message: expect.stringContaining(`cannot keep the images: ${why}`),
      });
  });

  test('a state folder without room', async ({ skip }) => {
    if (!isRoot) skip('needs root to mount a small tmpfs');
    const state = join(place.folder, 'state');
    mkdirSync(state);
    expect(mount('mapscope-test', state, 'tmpfs', 0, 'size=16k,mode=700')).toBe(0);
    try {
      writeFileSync(join(state, 'fill'), Buffer.alloc(16_384));
      const { code, message } = await refusal();
      expect(code).toMatch(/^E_(STATE|SPOOL)$/);
      expect(message).toContain('ENOSPC');
    } finally {
      umount(state, { detach: true });
    }
  });

  test('a port that is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const { code, out } = await place.mapscope('demo', '--port', String(port), '--json');
      const { error } = JSON.parse(out) as { error: { code: string; message: string } };
      expect([code, error.code]).toEqual([1, 'E_PORT_TAKEN']);
      expect(error.message).toContain(String(port));
      expect(place.runs()).toEqual([]);
    } finally {
      server.close();
    }
  });

  test('a geometry that cannot be', async () => {
    expect(await refusal('--devices', '2', '--strips', '3')).toMatchObject({ code: 'E_LAYOUT' });
    expect(await refusal('--size', '5000')).toMatchObject({ code: 'E_DEVICE_SIZE' });
  });

  test('a machine where this user may not mount', async ({ skip }) => {
    if (!isRoot) skip('needs root to become somebody who may nothing');
    const user = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs'];
    const theirs = openPlace(user);
    try {
      chmodSync(theirs.folder, 0o777);
      const { code, out } = await theirs.mapscope('demo', '--json');
      const { error } = JSON.parse(out) as { error: { code: string; help: string } };
      expect(code).toBe(1);
      expect(error.code).toMatch(/^E_(FUSE_PERMISSION|MOUNT_PERMISSION|FUSERMOUNT_REFUSED)$/);
      expect(error.help).not.toBe('');
    } finally {
      await theirs.close();
    }
  });
});

describe.skipIf(noRun)(titled('mapscope show refuses', noRun), { timeout: 60_000 }, () => {
  const show = async (file: string): Promise<object> => {
    const { code, out } = await place.mapscope('show', file, '--json');
    expect(code).toBe(1);
    return (JSON.parse(out) as { error: object }).error;
  };

  test('what is no file, and what is not there, on a mount of ours and elsewhere', async () => {
    const demo = await place.demo('--workload', 'none');
    expect((await runToEnd('mkfifo', [`${demo.mount}/plain/pipe`, join(place.folder, 'pipe')])).code).toBe(0);
    for (const file of [`${demo.mount}/plain`, `${demo.mount}/plain/pipe`, place.folder, join(place.folder, 'pipe'), '/dev/zero'])
      expect(await show(file)).toMatchObject({ code: 'E_FILE', message: `${file} is not a regular file` });
    for (const file of [`${demo.mount}/none`, join(place.folder, 'none')])
      expect(await show(file)).toMatchObject({ code: 'E_FILE', message: `${file} does not exist` });
    demo.child.kill('SIGTERM');
    await demo.ended();
  });

  test('a file of a mount whose session does not answer, instead of waiting for ever', async () => {
    const demo = await place.demo('--workload', 'none'),
      file = `${demo.mount}/plain/unseen`;
    process.kill(demo.pidOf('session'), 'SIGSTOP');
    try {
      expect(await show(file)).toMatchObject({
        code: 'E_TIMEOUT',
        message: expect.stringContaining(`what serves ${demo.mount} does not answer`),
      });
    } finally {
      process.kill(demo.pidOf('session'), 'SIGCONT');
      demo.child.kill('SIGTERM');
      await demo.ended();
    }
  });

  test('a file of a mount whose server has ended, with the way out', async ({ skip }) => {
    if (!isRoot) skip('needs root to mount');
    const path = join(place.folder, 'dead'),
      fd = openFuse();
    mkdirSync(path);
    expect(mount('somebody', path, 'fuse.dead', 0, `fd=${fd},rootmode=40000,user_id=0,group_id=0`)).toBe(0);
    closeSync(fd);
    try {
      expect(await show(`${path}/file`)).toMatchObject({
        code: 'E_FILE',
        message: `${path}/file lies on a FUSE mount whose server has ended`,
      });
    } finally {
      umount(path, { detach: true });
    }
  });
});

const why = noRun ?? (isRoot ? undefined : 'needs root to become a plain user');
describe.skipIf(why)(titled('mapscope demo without root', why), { timeout: 60_000 }, () => {
  test('works, says that tracefs is missing and what would help, and leaves nothing', async ({ skip }) => {
    if ((await runToEnd('bash', ['-c', 'command -v fusermount3 setpriv'])).code !== 0) skip('fusermount3 or setpriv is not installed');
    const user = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    const theirs = openPlace(user);
    try {
      chmodSync(theirs.folder, 0o777);
      const probe = await runToEnd('setpriv', [...user.slice(1), 'test', '-w', '/dev/fuse']);
      if (probe.code !== 0) skip('/dev/fuse is closed to users on this machine');
      const demo = await theirs.demo('--workload', 'gentle');
      const { agent } = (
        JSON.parse((await theirs.mapscope('status', '--json')).out) as {
          runs: { agent: { sources: { name: string; state: string; why: string; help: string }[] } }[];
        }
      ).runs[0]!;
      expect(agent.sources.find(({ name }) => name === 'tracefs')).toMatchObject({
        state: 'unavailable',
        why: expect.stringMatching(/root/),
        help: expect.stringMatching(/root/),
      });
      demo.child.kill('SIGTERM');
      expect((await demo.ended()).code).toBe(0);
      expect([theirs.runs(), tracesOf(demo.record)]).toEqual([[], []]);
    } finally {
      await theirs.close();
    }
  });
});
