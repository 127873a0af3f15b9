import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { flock } from '@mapscope/native';
import { identify, isAlive } from './identity.ts';
import { makeFolder } from './make-folder.ts';
import { errorCode, refused, sayError } from './refused.ts';
import { type RunRecord, readRecord, writeRecord } from './run-record.ts';

/** A run that we hold the lock of. */
export interface Run {
  readonly id: string;
  readonly folder: string;
  /** As written last. */
  readonly record: () => RunRecord;
  /** Writes the record with these changes: before the thing is made that they name. */
  readonly note: (changes: Partial<RunRecord>) => void;
  /** Gives up the lock; the folder stays. */
  readonly unlock: () => void;
}

/** Without its NUL. Fact: `sun_path`, unix(7). */
const MOST_SOCKET_BYTES = 107;
const runsOf = (runtimeDir: string): string => join(runtimeDir, 'runs');

/**
 * A new run folder, in a runtime folder of our own, with its lock taken and its record written. It is made aside and appears by rename, so that nobody ever
 * sees one whose lock is free because it has only just begun.
 */
export function createRun(runtimeDir: string, command: readonly string[], uid: number): Run {
  const id = randomBytes(4).toString('hex'),
    aside = join(runtimeDir, `new-${id}`),
    folder = join(runsOf(runtimeDir), id);
  const socket = join(folder, 'agent.sock');
  if (Buffer.byteLength(socket) > MOST_SOCKET_BYTES)
    throw refused(
      'E_FOLDER',
      `${runtimeDir} is too long for a socket in it: ${socket} has ${Buffer.byteLength(socket)} bytes, and ${MOST_SOCKET_BYTES} are possible`,
      'Choose a shorter one with MAPSCOPE_RUNTIME_DIR',
    );
  let record: RunRecord = {
    id,
    pid: process.pid,
    startedAt: Date.now(),
    uid,
    command: [...command],
    processes: [{ role: 'supervisor', ...identify(process.pid)! }],
    mounts: [],
    loops: [],
    instances: [],
    temp: [],
    url: null,
    socket,
    recording: null,
  };
  const refuse = (error: unknown): Error =>
    refused('E_FOLDER', `no run can be written down in ${runtimeDir}: ${sayError(error)}`, elsewhere, error);
  let fd: number;
  try {
    makeFolder(runsOf(runtimeDir));
    fd = begin(aside, record);
    renameSync(aside, folder);
  } catch (error) {
    rmSync(aside, { recursive: true, force: true });
    throw refuse(error);
  }
  return {
    id,
    folder,
    record: () => record,
    note: (changes) => {
      const next = { ...record, ...changes };
      try {
        writeRecord(folder, next);
      } catch (error) {
        throw refuse(error);
      }
      record = next;
    },
    unlock: () => closeSync(fd),
  };
}

const elsewhere = 'Make room there, or choose a folder on a local filesystem with MAPSCOPE_RUNTIME_DIR';

/** A folder with its lock taken and its record written; the descriptor of the lock. */
function begin(folder: string, record: RunRecord): number {
  mkdirSync(folder, { mode: 0o700 });
  // Node opens close-on-exec: no child keeps the lock alive behind a supervisor that was killed.
  const fd = openSync(join(folder, 'lock'), 'wx', 0o600),
    result = flock(fd, 'exclusive');
  if (result < 0) {
    closeSync(fd);
    throw new Error(`the lock is refused (errno ${-result})`);
  }
  try {
    writeRecord(folder, record);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** The lock of a run folder: a descriptor that the caller closes, `'held'` by a process that lives, or `'gone'` with the folder. */
export function lockRun(folder: string): number | 'held' | 'gone' {
  const path = join(folder, 'lock');
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 'gone';
    throw error;
  }
  if (flock(fd, 'exclusive') >= 0 && isStillAt(path, fd)) return fd;
  closeSync(fd);
  return isThere(path) ? 'held' : 'gone';
}

/** Two may wait for one lock: the second gets that of a folder which the first has removed. */
function isStillAt(path: string, fd: number): boolean {
  const mine = fstatSync(fd),
    there = statSync(path, { throwIfNoEntry: false });
  return there !== undefined && there.ino === mine.ino && there.dev === mine.dev;
}

const isThere = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

/** Every run folder, dead or alive; none when there is no runtime folder yet. */
export function listRuns(runtimeDir: string): readonly string[] {
  try {
    return readdirSync(runsOf(runtimeDir)).map((name) => join(runsOf(runtimeDir), name));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

export interface LiveRun {
  readonly folder: string;
  readonly record: RunRecord;
}

/** Runs whose supervisor lives. Asks for the process, not for the lock: who only looks must not be in the way of who cleans up. */
export const liveRuns = (runtimeDir: string): readonly LiveRun[] =>
  listRuns(runtimeDir).flatMap((folder) => {
    const record = readRecord(folder);
    return record?.processes.some((process) => process.role === 'supervisor' && isAlive(process)) ? [{ folder, record }] : [];
  });

/** Removes what a start or an end left aside when it was killed in between: folders without anything made yet, or with nothing left to undo. */
export function sweepAside(runtimeDir: string): void {
  for (const name of readdirSync(runtimeDir).filter((name) => /^(new|gone)-[0-9a-f]{8}$/.test(name))) {
    const folder = join(runtimeDir, name);
    // In its first moments a folder has no lock file yet, or one that is not locked: to try the lock would take it from who is about to.
    if (name.startsWith('new-') && Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0) < 60_000) continue;
    const lock = lockRun(folder);
    if (lock === 'held') continue;
    rmSync(folder, { recursive: true, force: true });
    if (typeof lock === 'number') closeSync(lock);
  }
}
