import { closeSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';

import { MountFlag, mount, openFuse } from '@mapscope/native';
import { type Problem, isProblem } from '@mapscope/shared/units';

import { mountByHelper } from './helper.ts';
import { deadProblem, deviceProblem, mountProblem, takenProblem, targetProblem } from './problem.ts';
import { isDead } from './probe.ts';
import { findMount, isFuse } from './table.ts';
import { unmountFuse } from './unmount.ts';

export interface MountOptions {
  /** An existing directory; it need not be empty. */
  readonly target: string;
  /** First column of the mount table. Letters, digits, `.`, `_`, `-`. */
  readonly name: string;
  /** The type becomes `fuse.SUBTYPE`. */
  readonly subtype?: string;
  /** Other users than the one who mounts may use it; a plain user needs `user_allow_other` in /etc/fuse.conf. */
  readonly allowOther?: boolean;
  /** The kernel checks modes; without it every check is the server's. */
  readonly defaultPermissions?: boolean;
  readonly readOnly?: boolean;
  /** Largest READ, bytes. */
  readonly maxRead?: number;
}

export interface FuseMount {
  /** The real path. */
  readonly target: string;
  /** Of `/dev/fuse`; the first request on it is INIT. Closing it ends the connection. */
  readonly fd: number;
  readonly how: 'mount' | 'fusermount3';
  /** In fusectl, and the minor number of the mount's device; the major is 0. */
  readonly connection: number;
  /** As `unmountFuse`; whoever serves `fd` must go on answering meanwhile. */
  readonly unmount: () => Promise<Problem | undefined>;
}

/**
 * Mounts and returns before INIT is answered: root by mount(2), anyone else through fusermount3. Every failure is a value.
 * Fact: spec/protocol.md 1.1, the options of a FUSE mount.
 */
export async function mountFuse(options: MountOptions): Promise<FuseMount | Problem> {
  for (const word of [options.name, options.subtype ?? ''])
    if (!/^[\w.-]*$/.test(word)) throw new RangeError(`not a name for a mount: ${JSON.stringify(word)}`);
  const target = await usableTarget(options.target);
  if (isProblem(target)) return target;
  const how = process.geteuid?.() === 0 ? 'mount' : 'fusermount3';
  const fd = how === 'mount' ? mountDirectly(target, options) : await mountByHelper(target, helperOptions(options));
  if (isProblem(fd)) return fd;
  const row = await findMount(target);
  return { target, fd, how, connection: row?.minor ?? 0, unmount: () => unmountFuse(target) };
}

/** The real path, or why it will not do. A mount that is there already is looked up in the table and never touched by this process. */
async function usableTarget(target: string): Promise<string | Problem> {
  const there = await findMount(target);
  if (there && isFuse(there))
    return (await isDead(there.path)) ? deadProblem(there.path, there.source) : takenProblem(there.path, there.source);
  try {
    const real = await realpath(target);
    return (await stat(real)).isDirectory() ? real : targetProblem(target, 'ENOTDIR');
  } catch (error) {
    return targetProblem(target, (error as NodeJS.ErrnoException).code);
  }
}

const commonOptions = ({ defaultPermissions, allowOther, maxRead }: MountOptions): string[] => [
  ...(defaultPermissions ? ['default_permissions'] : []),
  ...(allowOther ? ['allow_other'] : []),
  ...(maxRead === undefined ? [] : [`max_read=${maxRead}`]),
];

function helperOptions(options: MountOptions): string[] {
  const subtype = options.subtype === undefined ? [] : [`subtype=${options.subtype}`];
  return [options.readOnly ? 'ro' : 'rw', 'nosuid', 'nodev', `fsname=${options.name}`, ...subtype, ...commonOptions(options)];
}

function mountDirectly(target: string, options: MountOptions): number | Problem {
  const fd = openFuse();
  if (fd < 0) return deviceProblem(fd);
  const who = [`user_id=${process.getuid?.() ?? 0}`, `group_id=${process.getgid?.() ?? 0}`];
  const words = [`fd=${fd}`, 'rootmode=40000', ...who, ...commonOptions(options)];
  const flags = MountFlag.noSuid | MountFlag.noDev | (options.readOnly ? MountFlag.readOnly : 0);
  const type = options.subtype === undefined ? 'fuse' : `fuse.${options.subtype}`;
  const result = mount(options.name, target, type, flags, words.join(','));
  if (result >= 0) return fd;
  closeSync(fd);
  return mountProblem(target, result);
}
