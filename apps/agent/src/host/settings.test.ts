import { describe, expect, test } from 'vitest';
import { readSettings, settingTable, type Surroundings } from './settings.ts';

const here = (env: Surroundings['env'], uid = 1000): Surroundings => ({ env, uid, home: '/home/a', tmp: '/tmp' });

describe('readSettings', () => {
  test('follows XDG, and has a folder of its own where there is none', () => {
    expect(readSettings(here({ XDG_RUNTIME_DIR: '/run/user/1000', XDG_STATE_HOME: '/s' }))).toMatchObject({
      runtimeDir: '/run/user/1000/mapscope',
      stateDir: '/s/mapscope',
      logFile: '/s/mapscope/mapscope.log',
    });
    expect(readSettings(here({}))).toMatchObject({ runtimeDir: '/tmp/mapscope-1000', stateDir: '/home/a/.local/state/mapscope' });
    expect(readSettings(here({}, 0)).runtimeDir).toBe('/run/mapscope');
  });

  test('takes sizes as people type them, and an empty value as none', () => {
    expect(
      readSettings(here({ MAPSCOPE_SPOOL_BYTES: '64M', MAPSCOPE_PIPE_BYTES: '1MiB', MAPSCOPE_PORT: '0', MAPSCOPE_LOG: '' })),
    ).toMatchObject({
      spoolBytes: 64 * 2 ** 20,
      pipeBytes: 2 ** 20,
      port: 0,
      logLevel: 'info',
    });
    expect(readSettings(here({ MAPSCOPE_SPOOL_BYTES: '0' })).spoolBytes).toBe(0);
  });

  test('has the sizes that the table names where nobody sets them', () => {
    expect(readSettings(here({}))).toMatchObject({ spoolBytes: 2 ** 30, pipeBytes: 64 * 2 ** 20 });
    expect(readSettings(here({ MAPSCOPE_PIPE_BYTES: '0' })).pipeBytes).toBe(64 * 2 ** 20);
  });

  test.each([
    ['MAPSCOPE_PORT', '70000'],
    ['MAPSCOPE_PORT', 'http'],
    ['MAPSCOPE_LOG', 'loud'],
    ['MAPSCOPE_SPOOL_BYTES', '12'],
    ['MAPSCOPE_PIPE_BYTES', 'lots'],
    ['MAPSCOPE_STATE_DIR', 'relative/path'],
  ])('refuses %s=%s by name', (name, value) => {
    expect(() => readSettings(here({ [name]: value }))).toThrow(
      expect.objectContaining({ problem: expect.objectContaining({ code: 'E_SETTING', message: expect.stringContaining(name) }) }),
    );
  });

  test('reads no variable that the table does not name', () => {
    const asked = new Set<string>();
    const env = new Proxy<Record<string, string>>({}, { get: (_, name) => void asked.add(String(name)) });
    readSettings(here(env));
    const named = new Set<string>(settingTable.flatMap(({ name, otherwise }) => [name, ...(otherwise.match(/XDG_\w+/g) ?? [])]));
    expect([...asked].filter((name) => !named.has(name))).toEqual([]);
  });
});
