import { readFile, realpath } from 'node:fs/promises';
import { resolve } from 'node:path';

import { type MountRow, parseMountTable } from '@mapscope/shared/wire';

/** Reading the table asks no server anything. */
export const readMountTable = async (): Promise<MountRow[]> => parseMountTable(await readFile('/proc/self/mountinfo', 'utf8'));

export const isFuse = (row: Pick<MountRow, 'type'>): boolean => row.type === 'fuse' || row.type.startsWith('fuse.');

/** The uppermost mount at exactly this path. The mount itself is never touched: its server may be gone, or be us. */
export async function findMount(target: string): Promise<MountRow | undefined> {
  const rows = await readMountTable();
  const at = (path: string): MountRow | undefined => rows.findLast((row) => row.path === path);
  // realpath(3) walks to the mount point by name and asks its server nothing; it fails beneath a dead mount.
  return at(resolve(target)) ?? at(await realpath(target).catch(() => ''));
}
