import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { orElse, pids } from './proc.ts';

export interface Holder {
  readonly pid: number;
  readonly name: string;
}

/**
 * Processes that have a file of the mount at `path` open or mapped, or stand in it. Reads only what /proc says of paths, so that nothing
 * waits for the mount. As a plain user: one's own processes.
 */
export function holdersOf(path: string): readonly Holder[] {
  const isInside = (found: string): boolean => found === path || found.startsWith(`${path}/`);
  return pids().flatMap((pid) => (links(pid).some(isInside) || mappings(pid).some(isInside) ? [{ pid, name: nameOf(pid) }] : []));
}

const links = (pid: number): readonly string[] => {
  const open = orElse(() => readdirSync(`/proc/${pid}/fd`), []).map((fd) => `fd/${fd}`);
  return ['cwd', 'root', ...open].map((name) => orElse(() => readlinkSync(`/proc/${pid}/${name}`), ''));
};

/** Behind five fields of fixed meaning stands the path. Fact: proc_pid_maps(5). */
const mappings = (pid: number): readonly string[] =>
  orElse(() => readFileSync(`/proc/${pid}/maps`, 'utf8'), '')
    .split('\n')
    .flatMap((line) => /^(?:\S+\s+){5}(\/.*)$/.exec(line)?.[1] ?? []);

/** The program it runs, as it was called; comm is its first thread's, which Node 24 calls MainThread. A process may have no words. */
const nameOf = (pid: number): string =>
  basename(orElse(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0]!, '')) ||
  orElse(() => readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd(), '?');
