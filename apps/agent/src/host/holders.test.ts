import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { holdersOf } from './holders.ts';

test('holdersOf names who stands in a folder, and nobody beside it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mapscope-holders-'));
  const child = spawn('sleep', ['60'], { cwd: folder, stdio: 'ignore' });
  try {
    await vi.waitUntil(() => holdersOf(folder).some(({ name }) => name === 'sleep'), { timeout: 5000 });
    expect(holdersOf(folder)).toEqual([{ pid: child.pid, name: 'sleep' }]);
    expect(holdersOf(folder.slice(0, -1))).toEqual([]);
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
});

test('holdersOf names a process by the program that it runs, not by what that calls its first thread', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mapscope-holders-'));
  const child = spawn('bash', ['-c', 'echo -n MainThread > /proc/$$/comm; echo renamed; read'], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  try {
    await once(child.stdout, 'data');
    expect(holdersOf(folder)).toEqual([{ pid: child.pid, name: 'bash' }]);
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
});

test('holdersOf sees a mapped file that is no longer open', () => {
  expect(holdersOf(process.execPath).map(({ pid }) => pid)).toContain(process.pid);
});
