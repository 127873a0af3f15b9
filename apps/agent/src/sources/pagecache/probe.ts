import { closeSync, openSync } from 'node:fs';
import { cachestat } from '@mapscope/native';
import { Errno } from '@mapscope/shared/wire';
import { lacking, notBuilt, standing, type Standing } from '../../host/index.ts';
import type { Probe } from '../source.ts';

/** Whether cachestat(2) is there. */
export function probeCachestat(here = standing()): Probe {
  const fd = openSync(process.execPath, 'r');
  try {
    const answer = cachestat(fd, 0n, 1n);
    // Refused for a file of somebody else it is there all the same, unless a filter knows nothing of it.
    if (answer === -Errno.ENOSYS || (answer === -Errno.EPERM && here.isFiltered)) return { ok: false, ...withoutCachestat(here) };
    return { ok: true };
  } finally {
    closeSync(fd);
  }
}

const withoutCachestat = ({ isFiltered, container, kernel }: Standing): { readonly why: string; readonly remedy: string } => {
  const lost = 'which pages are cached or dirty is known from tracepoints alone, and only of what they saw';
  // Older filters answer both, also where the kernel would know it. Fact: Docker's default profile has cachestat since 24.0.6.
  return isFiltered
    ? {
        why: `cachestat is filtered by seccomp: ${lost}`,
        remedy: `${container ?? 'docker'} run --security-opt seccomp=unconfined, or a newer one.`,
      }
    : { why: `this kernel (${kernel}) has no cachestat: ${lost}`, remedy: 'Linux 6.5 or newer, or root and tracefs.' };
};

/** Whether the flags of pages may be read, which disturbs them: only on request. */
export function probePageFlags(here: Standing): Probe {
  const hindrance = notBuilt(['PROC_PAGE_MONITOR'], here) ?? lacking('SYS_ADMIN', here);
  return hindrance ? { ok: false, ...hindrance } : { ok: true };
}
