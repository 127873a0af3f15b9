import { mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Logger, destination, pino } from 'pino';
import type { LogLevel } from './settings.ts';

export type { Logger } from 'pino';

/** Past this the log becomes `mapscope.log.1` when the next run starts; the one before is lost. */
const ROTATE_BYTES = 8 << 20;

/** Opens the log file for appending, 0600, its folder made. The descriptor is fd 2 of every child, so that whatever dies leaves its words there. */
export function openLogFile(path: string): number {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > ROTATE_BYTES) renameSync(path, `${path}.1`);
  return openSync(path, 'a', 0o600);
}

/** One JSON object a line, written at once: a process that is killed has said what it said. */
export const openLog = (role: string, level: LogLevel, fd = 2): Logger =>
  pino({ level, base: { role, pid: process.pid }, serializers: { err: describe } }, destination({ fd, sync: true }));

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
