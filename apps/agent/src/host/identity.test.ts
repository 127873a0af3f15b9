import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { identify, isAlive, parseStat, signal, waitForEnd } from './identity.ts';

test('parseStat finds its fields behind a name with blanks and brackets', () => {
  const fields = ['S', ...Array.from({ length: 18 }, (_, i) => String(i)), '12345', '0'];
  expect(parseStat(`7 (a) b (c)) ${fields.join(' ')}`)).toEqual({ state: 'S', startTicks: 12345 });
  expect(parseStat('garbage')).toBeUndefined();
});

test('signal ends exactly the process it means, and nobody who has its number', async () => {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  const identity = identify(child.pid!)!;
  expect(isAlive(identity)).toBe(true);
  expect(signal({ ...identity, startTicks: identity.startTicks - 1 }, 'SIGKILL')).toBe(false);
  expect(isAlive(identity)).toBe(true);
  expect(signal(identity, 'SIGKILL')).toBe(true);
  expect(await waitForEnd(identity, 5000)).toBe(true);
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  expect(isAlive(identity)).toBe(false);
  expect(signal(identity, 'SIGKILL')).toBe(false);
});

test('waitForEnd gives up in time on a process that stays', async () => {
  expect(await waitForEnd(identify(process.pid)!, 20)).toBe(false);
});

test('identify answers nothing for a number that nobody has', () => {
  expect(identify(2 ** 22 + 1)).toBeUndefined();
});
