import { readdirSync } from 'node:fs';

/** Numbers of all processes that /proc shows. */
export const pids = (): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/** What is read of a process, which may end, or be somebody else's, at any line. */
export function orElse<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
