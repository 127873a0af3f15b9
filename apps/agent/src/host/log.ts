import { openSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Logger, destination, pino } from 'pino';
import { makeFolder } from './make-folder.ts';
import { refused, sayError } from './refused.ts';
import type { LogLevel } from './settings.ts';

export type { Logger } from 'pino';

/** Past this the log becomes `mapscope.log.1` when the next run starts; the one before is lost. */
const ROTATE_BYTES = 8 << 20;

/**
 * Opens the log file for appending, 0600, its folder made. The descriptor is fd 2 of every child, so that whatever dies leaves its words there. Throws
 * E_LOG where it cannot be had.
 */
export function openLogFile(path: string): number {
  try {
    makeFolder(dirname(path));
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > ROTATE_BYTES) renameSync(path, `${path}.1`);
    return openSync(path, 'a', 0o600);
  } catch (error) {
    throw refused(
      'E_LOG',
      `the log ${path} cannot be written: ${sayError(error)}`,
      'Make room there, or name another file with MAPSCOPE_LOG_FILE',
      error,
    );
  }
}

/** Lines that wait for a full disk, bytes; more are lost. */
const MOST_WAITING = 1 << 20;

/** One JSON object a line, written at once: a process that is killed has said what it said. What the disk does not take waits for room; nobody who speaks hears of it. */
export function openLog(role: string, level: LogLevel, fd = 2): Logger {
  const file = destination({ fd, sync: true, maxLength: MOST_WAITING }),
    log = pino({ level, base: { role, pid: process.pid }, serializers: { err: describe } }, file);
  // Without a listener of ours an error would be thrown at whoever has something to say: a full disk would end a mount.
  file.removeAllListeners('error').on('error', () => undefined);
  return log;
}

/** Our own, because pino's writes marks into what an error holds, and problems are frozen. */
const describe = (error: unknown): unknown =>
  error instanceof Error
    ? {
        ...Object.fromEntries(Object.entries(error)),
        name: error.name,
        message: error.message,
        stack: error.stack,
        cause: describe(error.cause),
      }
    : error;
