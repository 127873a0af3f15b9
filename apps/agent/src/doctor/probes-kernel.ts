import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import {
  findTracefs,
  hasTracefs,
  keepsFromCalls,
  keepsFromTracefs,
  notBuilt,
  Refused,
  sayError,
  type Standing,
  whyNoTracefs,
} from '../host/index.ts';
import { mapOf, probeChunkTree } from '../sources/fiemap/index.ts';
import { probeFsmap } from '../sources/fsmap/index.ts';
import { probeCachestat, probePageFlags } from '../sources/pagecache/index.ts';
import type { Probe as SourceProbe } from '../sources/source.ts';
import { type Finding, never, no, type Probe, yes } from './probe.ts';

/** What a source says of itself. */
const found = (probe: SourceProbe, seen: string): Finding => (probe.ok ? yes(seen) : no(probe.why, probe.remedy));

/** What the kernel tells this process, and what keeps it from telling more. */
export const kernelProbes: readonly Probe[] = [
  {
    name: 'surroundings',
    about: 'what may be in the way',
    isNeeded: never,
    look: ({ here }) => yes(surroundings(here)),
  },
  {
    name: 'tracefs',
    about: 'each page-cache event, and who wrote',
    isNeeded: never,
    look: async ({ uid, here }) => {
      const { path } = await findTracefs(uid),
        hindrance = keepsFromTracefs(here);
      // Who may use one that is there need not be allowed all that `watch` takes.
      if (path !== null) return yes(hindrance ? `${path}, by \`demo\`; not by \`watch\`: ${hindrance.why}. ${hindrance.remedy}` : path);
      if (!hindrance && hasTracefs()) return yes('mapscope mounts one of its own');
      const { why, remedy } = whyNoTracefs(here);
      return no(why, remedy);
    },
  },
  {
    name: 'request times',
    about: 'how long requests wait for FUSE servers: `watch --request-times`',
    isNeeded: never,
    look: async ({ uid, here }) => {
      const { path } = await findTracefs(uid),
        hindrance = path === null ? (keepsFromTracefs(here) ?? notBuilt(['FTRACE_SYSCALLS'], here)) : keepsFromCalls(path);
      return hindrance ? no(hindrance.why, hindrance.remedy) : yes('system calls can be traced');
    },
  },
  {
    name: 'cachestat',
    about: 'which pages are cached and dirty, at a moment',
    isNeeded: never,
    look: ({ here }) => found(probeCachestat(here), 'answers'),
  },
  {
    name: 'page flags',
    about: 'folios and their flags, only on request',
    isNeeded: never,
    look: ({ here }) => found(probePageFlags(here), 'may be read; this disturbs the pages'),
  },
  {
    name: 'FIEMAP',
    about: '`show` of files that are not on a mount of ours',
    isNeeded: never,
    look: ({ tmp }) =>
      withFile(tmp, async (fd) => {
        try {
          await mapOf(fd, { file: tmp });
          return yes(`answers in ${tmp}`);
        } catch (error) {
          if (error instanceof Refused) return no(error.problem.message, error.problem.help);
          throw error;
        }
      }),
  },
  {
    name: 'GETFSMAP',
    about: 'who owns the space of a filesystem',
    isNeeded: never,
    look: ({ here }) => found(probeFsmap(here), 'owners are told on XFS with a reverse map, free space on ext4 and XFS'),
  },
  {
    name: 'chunk tree of btrfs',
    about: 'from logical addresses to devices',
    isNeeded: never,
    look: ({ here }) => found(probeChunkTree(here), 'may be read'),
  },
];

/** `Linux 6.18.44, docker container, seccomp filter, lockdown "integrity"`. */
function surroundings({ kernel, container, isFiltered, isRemapped, lockdown }: Standing): string {
  return [
    `Linux ${kernel}`,
    container === undefined ? 'no container noticed' : container === 'container' ? 'in a container' : `in a ${container} container`,
    ...(isRemapped ? ['in a user namespace'] : []),
    isFiltered ? 'behind a seccomp filter' : 'no seccomp filter',
    lockdown === undefined || lockdown === 'none' ? 'no lockdown' : `lockdown "${lockdown}"`,
  ].join(', ');
}

/** A file of ours with a byte in it, gone from its folder before anything is asked of it. */
async function withFile(folder: string, ask: (fd: number) => Finding | Promise<Finding>): Promise<Finding> {
  try {
    const path = join(folder, `mapscope-probe-${process.pid}`),
      fd = openSync(path, 'wx+', 0o600);
    unlinkSync(path);
    try {
      writeSync(fd, 'x');
      return await ask(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return no(`cannot be tried: ${sayError(error)}`, 'npm run setup');
  }
}
