import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  openSync,
  closeSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lookAt, realPathOf } from './look-at.ts';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'mapscope-look-')));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('realPathOf follows links', async () => {
  writeFileSync(join(folder, 'file'), 'abc');
  symlinkSync('file', join(folder, 'link'));
  expect(await realPathOf(join(folder, 'link'))).toBe(join(folder, 'file'));
});

test('lookAt tells of a file that is open and has no name any more', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, 'abc');
  const fd = openSync(file, 'r'),
    { ino } = statSync(file, { bigint: true });
  unlinkSync(file);
  try {
    expect(await lookAt(`/proc/self/fd/${fd}`)).toMatchObject({ ino, size: 3n });
    await expect(realPathOf(`/proc/self/fd/${fd}`)).rejects.toMatchObject({ problem: { code: 'E_OTHER_NAMESPACE' } });
  } finally {
    closeSync(fd);
  }
});

test('lookAt says of a name that is not UTF-8 how the file is given', async () => {
  await expect(lookAt(join(folder, 'a\uFFFD'))).rejects.toMatchObject({ problem: { help: expect.stringContaining('/dev/stdin < FILE') } });
});

describe.skipIf(process.getuid?.() !== 0)('realPathOf through the root of another process (root)', () => {
  test('takes no file of its own namespace for one of that: it refuses', async () => {
    const at = join(folder, 'at');
    mkdirSync(at);
    writeFileSync(join(at, 'both'), 'here');
    const program = `mount -t tmpfs none ${at} && echo there > ${at}/both && echo x > ${at}/alone && echo ready; read line`,
      child = spawn('unshare', ['-m', 'sh', '-c', program], { stdio: ['pipe', 'pipe', 'inherit'] }),
      exit = once(child, 'exit');
    try {
      await once(child.stdout, 'data');
      for (const name of ['', '/both', '/alone'])
        await expect(realPathOf(`/proc/${child.pid}/root${at}${name}`)).rejects.toMatchObject({ problem: { code: 'E_OTHER_NAMESPACE' } });
      expect(await lookAt(`/proc/${child.pid}/root${at}/alone`)).toMatchObject({ size: 2n });
      expect(await realPathOf(`/proc/${child.pid}/root${folder}`)).toBe(folder);
    } finally {
      child.stdin.end();
      await exit;
    }
  });
});
