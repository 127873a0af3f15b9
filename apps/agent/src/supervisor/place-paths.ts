import { closeSync, constants, openSync } from 'node:fs';
import { resolve } from 'node:path';
import { FileIdentities, O_PATH, realPathOf, refused, sayError } from '../host/index.ts';

/**
 * The paths that are to be watched, absolute and without links. Throws `Refused`: E_FILE where there is no file and no folder, E_NOT_STORED where the kernel makes what is read, E_TIMEOUT where who serves it does not answer;
 * E_OVERLAY and E_OTHER_NAMESPACE as `FileIdentities` says.
 */
export async function placePaths(paths: readonly string[]): Promise<string[]> {
  const identities = new FileIdentities(),
    placed = new Set<string>();
  for (const path of paths) {
    const real = await realPathOf(resolve(path));
    known(real, identities);
    placed.add(real);
  }
  return [...placed];
}

/** Types of filesystems whose files have no bytes but those that a reader gets; to open some of them does something. Source: the directories of fs/ and proc_filesystems(5). */
const ofTheKernel = new Set(
  'binfmt_misc bpf cgroup cgroup2 configfs cpuset debugfs devpts efivarfs fusectl mqueue nfsd nsfs proc pstore rpc_pipefs securityfs selinuxfs sysfs tracefs'.split(
    ' ',
  ),
);

/** Refuses what no trace names. */
function known(path: string, identities: FileIdentities): void {
  let fd: number;
  try {
    fd = openSync(path, O_PATH | constants.O_NOFOLLOW);
  } catch (error) {
    throw refused('E_FILE', `${path} cannot be opened: ${sayError(error)}`, 'Name a file or a folder that can be reached', error);
  }
  try {
    const { type } = identities.filesystemOf(fd, path);
    if (ofTheKernel.has(type))
      throw refused(
        'E_NOT_STORED',
        `${path} lies on ${type}, whose files the kernel makes when they are read: they are stored nowhere, and not cached`,
        'Name a file or a folder on a disk',
      );
  } finally {
    closeSync(fd);
  }
}
