import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { standing } from '../host/index.ts';
import { capabilities, capabilityMarkdown, kernels, privileges, probes, settingMarkdown } from './index.ts';

const place = { uid: process.getuid!(), tmp: tmpdir(), path: process.env['PATH'] ?? '', page: '/nowhere', here: standing() };

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

  test('explain what a container, a plain user or an old kernel goes without, each with a way out', async () => {
    const { here } = place,
      docker = { ...here, uid: 0, can: () => false, container: 'docker', isFiltered: true };
    const told = async (name: string, standing: typeof here): Promise<string> => {
      const found = await probes.find((probe) => probe.name === name)!.look({ ...place, here: standing });
      return found.ok ? found.seen : `${found.why}. ${found.remedy}`;
    };
    expect(await told('GETFSMAP', docker)).toMatch(
      /^owners are told as UNKNOWN: this docker container is without CAP_SYS_ADMIN\. docker run --cap-add SYS_ADMIN/,
    );
    expect(await told('chunk tree of btrfs', { ...docker, container: undefined, uid: 1000 })).toMatch(
      /it takes root \(CAP_SYS_ADMIN\)\. sudo/,
    );
    expect(await told('chunk tree of btrfs', { ...here, option: () => 'n' })).toMatch(/built without CONFIG_BTRFS_FS/);
    expect(await told('page flags', docker)).toMatch(/CAP_SYS_ADMIN/);
    expect(await told('surroundings', docker)).toMatch(/, in a docker container, behind a seccomp filter, no lockdown$/);
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
