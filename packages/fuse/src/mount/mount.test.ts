import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { receive, reply } from '@mapscope/native';
import { isProblem } from '@mapscope/shared/units';
import { Errno, attr, inHeader, initIn, initOut, outHeader } from '@mapscope/shared/wire';
import { afterEach, describe, expect, test } from 'vitest';

import { abortFuse } from './abort.ts';
import { type FuseMount, type MountOptions, mountFuse } from './mount.ts';
import { findMount, readMountTable } from './table.ts';
import { unmountFuse } from './unmount.ts';

const CAP_SYS_ADMIN = 21n;
const capabilities = BigInt(`0x${/^CapEff:\s+(\w+)/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]}`);
const canMount = process.geteuid?.() === 0 && ((capabilities >> CAP_SYS_ADMIN) & 1n) === 1n && existsSync('/dev/fuse');

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

function folder(): string {
  const made = realpathSync(mkdtempSync(join(tmpdir(), 'mapscope mount-')));
  // Never recursive: what could not be unmounted must not be emptied.
  undo.push(() => rmdirSync(made));
  undo.push(() => unmountFuse(made, { force: true, detach: true }));
  return made;
}

async function mounted(more: Partial<MountOptions> = {}): Promise<FuseMount> {
  const made = await mountFuse({ target: folder(), name: 'mapscope', subtype: 'test', ...more });
  if (isProblem(made)) throw new Error(made.message);
  undo.push(() => closeSync(made.fd));
  return made;
}

const INIT = 26;
const GETATTR = 3;
const OPENDIR = 27;

/** Answers with raw bytes what `stat` and an open directory need, until the connection ends; the opcodes that came. */
async function answer(fd: number): Promise<number[]> {
  const seen: number[] = [];
  const room = new Uint8Array(1 << 17);
  for (;;) {
    const length = receive(fd, room);
    if (length === -Errno.EAGAIN) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      continue;
    }
    if (length < 0) return seen;
    const head = inHeader.read(room);
    if (isFlawed(head)) throw new Error('no header');
    seen.push(head.opcode);
    const body = bodyFor(head.opcode);
    reply(fd, outHeader.encode({ len: outHeader.size + (body?.length ?? 0), error: body ? 0 : -Errno.ENOSYS, unique: head.unique }), body);
  }
}
const isFlawed = (value: object): value is { code: string } => 'code' in value;

function bodyFor(opcode: number): Uint8Array | undefined {
  if (opcode === INIT) return initOut.encode({ major: 7, minor: 31, max_write: 65536, max_readahead: 65536, time_gran: 1 });
  if (opcode === OPENDIR) return new Uint8Array(16);
  if (opcode !== GETATTR) return undefined;
  const out = new Uint8Array(16 + attr.size);
  attr.write({ ino: 1n, mode: 0o40755, nlink: 2, blksize: 4096 }, out, 16);
  return out;
}

/** What a program of its own sees at the mount. */
async function look(target: string): Promise<string> {
  const child = spawn('stat', ['-c', '%F', target], { env: { PATH: process.env['PATH'], LC_ALL: 'C' }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await once(child, 'close');
  return said.trim();
}

describe.skipIf(!canMount)('a real mount', () => {
  test('mountFuse gives a descriptor whose first request is INIT', async () => {
    const { fd, how, target, connection } = await mounted();
    expect(how).toBe('mount');
    const room = new Uint8Array(1 << 17);
    await expect.poll(() => receive(fd, room)).toBe(inHeader.size + initIn.size);
    expect(inHeader.read(room)).toMatchObject({ opcode: INIT, nodeid: 0n });
    expect(initIn.read(room, inHeader.size)).toMatchObject({ major: 7 });
    expect(await findMount(target)).toMatchObject({ major: 0, minor: connection, type: 'fuse.test', source: 'mapscope' });
  });

  test('unmount ends the connection of a served mount and leaves nothing', async () => {
    const { fd, target, unmount } = await mounted();
    const served = answer(fd);
    expect(await look(target)).toBe('directory');
    expect(await unmount()).toBeUndefined();
    expect(await served).toEqual(expect.arrayContaining([INIT, GETATTR]));
    expect(await findMount(target)).toBeUndefined();
    expect(await unmount()).toMatchObject({ code: 'E_NOT_MOUNTED' });
  });

  test('mountFuse passes every option to the kernel', async () => {
    const { target } = await mounted({ allowOther: true, defaultPermissions: true, readOnly: true, maxRead: 65536 });
    const row = readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .find((line) => line.includes(target.replaceAll(' ', '\\040')))!;
    expect(row).toMatch(/ ro,nosuid,nodev,/);
    expect(row).toMatch(/ ro,user_id=0,group_id=0,default_permissions,allow_other,max_read=65536$/);
  });

  test('mountFuse says that a mount point is taken, and when its server is gone', async () => {
    const { fd, target } = await mounted();
    const served = answer(fd);
    const again = { target, name: 'mapscope' };
    expect(await mountFuse(again)).toMatchObject({ code: 'E_MOUNT_POINT_TAKEN', message: `${target} is a FUSE mount already (mapscope)` });
    await abortFuse({ target });
    await served;
    expect(await mountFuse(again)).toMatchObject({
      code: 'E_MOUNT_POINT_DEAD',
      message: `${target} is a FUSE mount (mapscope) whose server is gone`,
    });
    const beneath = { target: join(target, 'deeper'), name: 'mapscope' };
    expect(await mountFuse(beneath)).toMatchObject({ code: 'E_MOUNT_POINT_DEAD' });
    expect(await unmountFuse(target)).toBeUndefined();
  });

  test('mountFuse mounts on what a symbolic link names, and unmountFuse finds it by the link', async () => {
    const target = folder();
    symlinkSync(target, `${target}-link`);
    undo.push(() => rmSync(`${target}-link`));
    const made = (await mountFuse({ target: `${target}-link`, name: 'mapscope' })) as FuseMount;
    undo.push(() => closeSync(made.fd));
    expect(made.target).toBe(target);
    expect(await unmountFuse(`${target}-link`)).toBeUndefined();
  });

  test('abortFuse by number ends the connection and leaves no fusectl behind', async () => {
    const before = (await readMountTable()).filter((row) => row.type === 'fusectl').length;
    const { fd, target, connection } = await mounted();
    const served = answer(fd);
    expect(await look(target)).toBe('directory');
    expect(await abortFuse({ connection })).toBeUndefined();
    await served;
    expect(await look(target)).toMatch(/Transport endpoint is not connected|Software caused connection abort/);
    expect((await readMountTable()).filter((row) => row.type === 'fusectl')).toHaveLength(before);
    await unmountFuse(target);
    expect(await abortFuse({ connection })).toMatchObject({ code: 'E_NO_CONNECTION' });
  });

  test('unmountFuse says that a mount is in use, and detaches it when told to', async () => {
    const { fd, target } = await mounted();
    const served = answer(fd);
    const child: ChildProcess = spawn('sh', ['-c', 'cd "$0" && echo inside && exec sleep 60', target], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    undo.push(() => child.kill('SIGKILL'));
    await once(child.stdout!, 'data');
    expect(await unmountFuse(target)).toMatchObject({ code: 'E_MOUNT_BUSY', message: `${target} is in use` });
    expect(await unmountFuse(target, { detach: true })).toBeUndefined();
    expect(await findMount(target)).toBeUndefined();
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
    await served;
  });
});

test('mountFuse says what is wrong with the mount point', async () => {
  const parent = folder();
  writeFileSync(join(parent, 'file'), '');
  undo.push(() => rmSync(join(parent, 'file')));
  const at = (name: string): Promise<unknown> => mountFuse({ target: join(parent, name), name: 'mapscope' });
  expect(await at('nowhere')).toEqual({
    code: 'E_MOUNT_POINT_MISSING',
    message: `the mount point ${parent}/nowhere does not exist`,
    help: `Make it: mkdir -p ${parent}/nowhere`,
  });
  expect(await at('file')).toMatchObject({ code: 'E_MOUNT_POINT_NOT_DIRECTORY' });
  expect(await at('file/deeper')).toMatchObject({ code: 'E_MOUNT_POINT_NOT_DIRECTORY' });
});

test('mountFuse refuses a name that could carry another option', async () => {
  await expect(mountFuse({ target: '/', name: 'x,suid' })).rejects.toThrow('not a name for a mount: "x,suid"');
});

test('unmountFuse touches nothing but FUSE mounts', async () => {
  expect(await unmountFuse('/proc')).toEqual({
    code: 'E_NOT_MOUNTED',
    message: '/proc is not a FUSE mount',
    help: 'findmnt -t fuse lists what is',
  });
});
