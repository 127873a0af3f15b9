import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { capabilities, capabilityMarkdown, kernels, privileges, probes, settingMarkdown } from './index.ts';

const place = { uid: process.getuid!(), tmp: tmpdir(), path: process.env['PATH'] ?? '', page: '/nowhere' };

describe('probes', () => {
  test.each(probes.map((probe) => [probe.name, probe] as const))(
    '%s answers with what it saw, or why not and what helps',
    async (_, probe) => {
      const found = await probe.look(place);
      if (found.ok) expect(found.seen).not.toBe('');
      else expect([found.why, found.remedy].every(Boolean)).toBe(true);
    },
  );

  test('name a missing program and the command that installs it', async () => {
    const found = await probes.find(({ name }) => name === 'chromium')!.look({ ...place, path: '/nowhere' });
    expect(found).toEqual({ ok: false, why: 'is not installed', remedy: 'apt-get install -y chromium' });
  });

  test('need fusermount3 only of those who are not root', () => {
    const helper = probes.find(({ name }) => name === 'fusermount3')!;
    expect([helper.isNeeded(0), helper.isNeeded(1000)]).toEqual([false, true]);
  });
});

test('capabilityMarkdown has a row a capability, and every row all columns', () => {
  const lines = capabilityMarkdown().split('\n');
  expect(lines).toHaveLength(2 + capabilities.length);
  expect(new Set(lines.map((line) => line.split('|').length))).toEqual(new Set([2 + kernels.length + privileges.length + 2]));
});

test('settingMarkdown names every variable', () => {
  expect(settingMarkdown()).toContain('`MAPSCOPE_RUNTIME_DIR`');
});

test('the README has the tables that `mapscope doctor --markdown` prints', () => {
  const readme = readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8');
  expect(readme).toContain(capabilityMarkdown());
  expect(readme).toContain(settingMarkdown());
});
