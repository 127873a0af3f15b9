import { join } from 'node:path';
import { parseBytes } from './bytes.ts';
import { type Refused, refused } from './refused.ts';

interface Row {
  readonly name: string;
  /** What holds without it, in words. */
  readonly otherwise: string;
  readonly about: string;
}

/** Every variable of the environment that mapscope reads. `mapscope doctor` and the README print this table. */
export const settingTable = [
  {
    name: 'MAPSCOPE_RUNTIME_DIR',
    otherwise: '$XDG_RUNTIME_DIR/mapscope, else /run/mapscope as root, else $TMPDIR/mapscope-UID',
    about: 'run folders: lock, run.json, agent.sock',
  },
  { name: 'MAPSCOPE_STATE_DIR', otherwise: '$XDG_STATE_HOME/mapscope, else ~/.local/state/mapscope', about: 'token, spool, log' },
  { name: 'MAPSCOPE_LOG', otherwise: 'info', about: 'log level: trace, debug, info, warn, error, silent' },
  { name: 'MAPSCOPE_LOG_FILE', otherwise: 'mapscope.log in the state folder', about: 'where the log goes, one JSON object a line' },
  { name: 'MAPSCOPE_PORT', otherwise: '7070', about: 'port of the page on 127.0.0.1; 0 picks a free one' },
  { name: 'MAPSCOPE_SPOOL_BYTES', otherwise: '1G', about: 'cap of the recording that a run keeps; 0 keeps none' },
  { name: 'MAPSCOPE_PIPE_BYTES', otherwise: '64M', about: 'what a process keeps for a slower reader before it drops whole frames' },
  { name: 'MAPSCOPE_NATIVE', otherwise: 'packages/native/build/mapscope.node', about: 'the native addon to load' },
  { name: 'NO_COLOR', otherwise: 'colours on a terminal', about: 'anything but empty: no colours' },
] as const satisfies readonly Row[];

type Name = (typeof settingTable)[number]['name'];

const otherwiseOf = (name: Name): string => settingTable.find((row) => row.name === name)!.otherwise;

/** A recording that keeps less would forget what is on the page. */
export const LEAST_SPOOL_BYTES = 2 ** 20;

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface Settings {
  readonly runtimeDir: string;
  readonly stateDir: string;
  readonly logLevel: LogLevel;
  readonly logFile: string;
  readonly port: number;
  /** 0: nothing is recorded. */
  readonly spoolBytes: number;
  readonly pipeBytes: number;
  readonly color: boolean;
}

/** What the settings depend on: the process is asked once, in the entry file. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid: number;
  readonly home: string;
  readonly tmp: string;
}

const refuse = (name: Name, found: string, allowed: string): Refused =>
  refused('E_SETTING', `${name} is "${found}", allowed: ${allowed}`, `Unset ${name} or give it another value`);

/** Reads every setting. Throws E_SETTING for the first whose value cannot be meant; an empty value counts as unset. */
export function readSettings({ env, uid, home, tmp }: Surroundings): Settings {
  const get = (name: Name): string | undefined => env[name] || undefined;
  const bytes = (name: Name, least: number): number => {
    const text = get(name) ?? otherwiseOf(name),
      value = parseBytes(text);
    if (value === undefined || (value !== 0 && value < least)) throw refuse(name, text, `0, or ${least} bytes and more, also as 64M or 1G`);
    return value;
  };
  const folder = (name: Name, otherwise: string): string => {
    const path = get(name);
    if (path !== undefined && !path.startsWith('/')) throw refuse(name, path, 'an absolute path');
    return path ?? otherwise;
  };
  const level = get('MAPSCOPE_LOG') ?? 'info';
  if (!logLevels.includes(level as LogLevel)) throw refuse('MAPSCOPE_LOG', level, logLevels.join(', '));
  const portText = get('MAPSCOPE_PORT') ?? '7070';
  const port = parsePort(portText);
  if (port === undefined) throw refuse('MAPSCOPE_PORT', portText, '0 to 65535');

  const stateDir = folder('MAPSCOPE_STATE_DIR', join(env['XDG_STATE_HOME'] || join(home, '.local/state'), 'mapscope'));
  const runtimeBase = env['XDG_RUNTIME_DIR'] || (uid === 0 ? '/run' : undefined);
  return {
    runtimeDir: folder('MAPSCOPE_RUNTIME_DIR', runtimeBase ? join(runtimeBase, 'mapscope') : join(tmp, `mapscope-${uid}`)),
    stateDir,
    logLevel: level as LogLevel,
    logFile: folder('MAPSCOPE_LOG_FILE', join(stateDir, 'mapscope.log')),
    port,
    spoolBytes: bytes('MAPSCOPE_SPOOL_BYTES', LEAST_SPOOL_BYTES),
    pipeBytes: bytes('MAPSCOPE_PIPE_BYTES', 2 ** 16) || parseBytes(otherwiseOf('MAPSCOPE_PIPE_BYTES'))!,
    color: !env['NO_COLOR'],
  };
}

export function parsePort(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : -1;
  return port >= 0 && port <= 65_535 ? port : undefined;
}
