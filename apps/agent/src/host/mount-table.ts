import { readMountTable } from '@mapscope/fuse';
import type { DeviceNumber } from '@mapscope/shared/units';
import type { MountRow } from '@mapscope/shared/wire';

/** Both absolute and without links. */
export const isAtOrBelow = (path: string, folder: string): boolean => path === folder || folder === '/' || path.startsWith(`${folder}/`);

/** The mount that `path` (absolute, without links) lies on, found in the table alone: nothing asks a filesystem that may not answer. */
export async function mountOf(path: string): Promise<MountRow | undefined> {
  let found: MountRow | undefined;
  // Of two at one path the later covers the earlier.
  for (const row of await readMountTable()) if (isAtOrBelow(path, row.path) && row.path.length >= (found?.path.length ?? 0)) found = row;
  return found;
}

/** A mount of the filesystem that a block device holds, whole where there is one: of a bind mount only a part is seen. */
export async function mountOfDevice({ major, minor }: DeviceNumber): Promise<MountRow | undefined> {
  const rows = (await readMountTable()).filter((row) => row.major === major && row.minor === minor);
  return rows.find(({ root }) => root === '/') ?? rows[0];
}

/** Mounts at or below `folder`, innermost first. */
export const mountsBelow = async (folder: string): Promise<readonly MountRow[]> =>
  (await readMountTable()).filter((row) => isAtOrBelow(row.path, folder)).reverse();
