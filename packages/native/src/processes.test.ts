import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { constants } from 'node:os';

import { afterEach, expect, test } from 'vitest';

import { addonPath } from './load.ts';
import { pidfdEnded, pidfdOpen, pidfdSendSignal, setIoFlusher, waitPidGone } from './processes.ts';

const { EPERM, ESRCH } = constants.errno;
const SIGKILL = 9;
const CAP_SYS_RESOURCE = 24n;

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0).reverse()) step();
});

async function sleeper(): Promise<{ child: ChildProcess; pid: number; pidfd: number }> {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  undo.push(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  const pidfd = pidfdOpen(child.pid!);
  undo.push(() => closeSync(pidfd));
  return { child, pid: child.pid!, pidfd };
}

test('pidfdSendSignal reaches the process, and waitPidGone sees it end', async () => {
  const { child, pidfd } = await sleeper();
  const exit = once(child, 'exit');
  expect(pidfdSendSignal(pidfd, 0)).toBe(0);
  expect(pidfdEnded(pidfd)).toBe(false);
  expect(await waitPidGone(pidfd, 1)).toBe(false);
  expect(pidfdSendSignal(pidfd, SIGKILL)).toBe(0);
  expect(await waitPidGone(pidfd, 5000)).toBe(true);
  await exit;
  expect(pidfdSendSignal(pidfd, SIGKILL)).toBe(-ESRCH);
});

test('pidfdOpen answers -ESRCH for a pid that nobody has', async () => {
  const { child, pid } = await sleeper();
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
  expect(pidfdOpen(pid)).toBe(-ESRCH);
});

test('setIoFlusher answers 0 with CAP_SYS_RESOURCE and -EPERM without', () => {
  // Root of a container or of a small virtual machine may lack it.
  const held = BigInt(`0x${/^CapEff:\s+(\w+)/m.exec(readFileSync('/proc/thread-self/status', 'utf8'))![1]}`);
  expect(setIoFlusher()).toBe((held >> CAP_SYS_RESOURCE) & 1n ? 0 : -EPERM);
});

test('setParentDeathSignal ends a child when its parent is killed', async () => {
  const inner = `require(process.argv[1]).setParentDeathSignal(9); console.log(process.pid); setInterval(() => {}, 1000)`;
  const outer = `require('child_process').spawn(process.execPath, ['-e', process.argv[2], '--', process.argv[1]], { stdio: ['ignore', 'inherit', 'inherit'] }); setInterval(() => {}, 1000)`;
  const parent = spawn(process.execPath, ['-e', outer, '--', addonPath(), inner], { stdio: ['ignore', 'pipe', 'inherit'] });
  undo.push(() => void parent.kill('SIGKILL'));
  const pid = Number(String((await once(parent.stdout, 'data'))[0]));
  const pidfd = pidfdOpen(pid);
  undo.push(() => closeSync(pidfd));
  undo.push(() => void pidfdSendSignal(pidfd, SIGKILL));
  expect(readlinkSync(`/proc/${pid}/exe`)).toBe(realpathSync(process.execPath));
  parent.kill('SIGKILL');
  expect(await waitPidGone(pidfd, 5000)).toBe(true);
});

test.each<[() => unknown, string]>([
  [() => pidfdOpen(0), 'pid must be an integer from 1'],
  [() => pidfdSendSignal(0, 65), 'signal must be an integer from 0 to 64, not 65'],
])('a wrong argument is refused by name (%#)', (call, sentence) => expect(call).toThrow(sentence));
