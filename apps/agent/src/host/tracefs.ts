import { accessSync, constants, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mount, umount } from '@mapscope/native';
import { readMountTable } from '@mapscope/fuse';
import { type Hindrance, lacking, lockedDown, notBuilt } from './hindrance.ts';
import { isMounted } from './mounts.ts';
import { standing, type Standing } from './standing.ts';

export type Tracefs = { readonly path: string } | { readonly path: null; readonly why: string; readonly help: string };

/** Where systems mount it. Somebody's own elsewhere may be gone the next moment. */
const usual = new Set(['/sys/kernel/tracing', '/sys/kernel/debug/tracing']);

const canUse = (path: string): boolean => {
  try {
    accessSync(join(path, 'instances'), constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Where a trace instance of that name is in a tracefs. */
export const instanceAt = (tracefs: string, name: string): string => join(tracefs, 'instances', name);

/** Whether this kernel has a tracefs that could be mounted, wherever. Source: proc_filesystems(5). */
export const hasTracefs = (): boolean => /\ttracefs$/m.test(readFileSync('/proc/filesystems', 'utf8'));

/** Where tracefs is mounted already and instances may be made, or why not. Changes nothing. */
export async function findTracefs(uid: number): Promise<Tracefs> {
  const found = (await readMountTable()).find(({ type, path }) => type === 'tracefs' && usual.has(path) && canUse(path));
  if (found) return { path: found.path };
  const { why, remedy } = whyNoTracefs({ ...standing(), uid });
  return { path: null, why, help: remedy };
}

/** What keeps a tracefs from being mounted, the most stubborn first; undefined: nothing of us. */
export const keepsFromTracefs = (here: Standing): Hindrance | undefined =>
  lockedDown(here) ?? notBuilt(['EVENT_TRACING'], here) ?? lacking('SYS_ADMIN', here);

/** Why there is none. */
export const whyNoTracefs = (here: Standing): Hindrance =>
  keepsFromTracefs(here) ??
  // Docker shows /sys read-only and without what is mounted in it.
  (here.container === undefined
    ? { why: 'tracefs is not mounted', remedy: 'mount -t tracefs tracefs /sys/kernel/tracing' }
    : {
        why: 'tracefs is not mounted in this container',
        remedy: 'docker run -v /sys/kernel/tracing:/sys/kernel/tracing, with --privileged',
      });

/** A tracefs of our own at `path`: it shows the same instances as any other, and goes with the run. Answers why not, or `undefined`. */
export function mountTracefs(path: string, source: string): Tracefs {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const result = mount(source, path, 'tracefs', 0, '');
  if (result >= 0) return { path };
  const why = result === -19 ? 'this kernel has no tracefs' : 'tracefs cannot be mounted here';
  return { path: null, why, help: 'In a container: run it with --privileged, or mapscope outside of it.' };
}

export async function unmountTracefs(path: string, source: string): Promise<boolean> {
  return !(await isMounted(path, source)) || umount(path, { detach: true }) >= 0;
}

/** What keeps system calls from being traced; undefined: nothing. Without them nobody sees when a FUSE server takes a request. */
export const keepsFromCalls = (tracefs: string): Hindrance | undefined =>
  existsSync(join(tracefs, 'events/syscalls/sys_enter_read/format'))
    ? undefined
    : { why: 'this kernel does not trace system calls', remedy: 'A kernel with CONFIG_FTRACE_SYSCALLS=y tells them.' };
