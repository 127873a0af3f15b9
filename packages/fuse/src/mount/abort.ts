import { mkdtemp, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { mount, umount } from '@mapscope/native';
import type { Problem } from '@mapscope/shared/units';
import { errnoName } from '@mapscope/shared/wire';

import { abortForbidden, connectionGone, notMounted } from './problem.ts';
import { findMount, isFuse, readMountTable } from './table.ts';

/**
 * Aborts a FUSE connection: the server's reads answer ENODEV, whoever waits for it gets an error, dirty pages are lost, and the mount stays, dead.
 * By the number, so that it works where the mount was detached; a number may be in use again, so prefer the target while it is mounted.
 * Resolves with the problem, if any. Fact: spec/live-facts.md 2.
 */
export async function abortFuse(at: { readonly target: string } | { readonly connection: number }): Promise<Problem | undefined> {
  if ('connection' in at) return withFusectl(at.connection, (folder) => abortIn(folder, at.connection));
  const row = await findMount(at.target);
  if (!row || !isFuse(row)) return notMounted(at.target);
  return withFusectl(row.minor, (folder) => abortIn(folder, row.minor));
}

async function abortIn(folder: string, connection: number): Promise<Problem | undefined> {
  try {
    await writeFile(join(folder, String(connection), 'abort'), '1');
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? connectionGone(connection) : abortForbidden(connection, code ?? 'unknown error');
  }
}

/** Where fusectl is mounted already, or a private place for as long as `use` takes. */
async function withFusectl(connection: number, use: (folder: string) => Promise<Problem | undefined>): Promise<Problem | undefined> {
  const mounted = (await readMountTable()).findLast((row) => row.type === 'fusectl');
  if (mounted) return use(mounted.path);
  const folder = await mkdtemp(join(tmpdir(), 'mapscope-fusectl-'));
  try {
    const result = mount('fusectl', folder, 'fusectl', 0, '');
    if (result < 0) return abortForbidden(connection, `fusectl is not mounted, and mounting it answers ${errnoName(result)}`);
    try {
      return await use(folder);
    } finally {
      umount(folder, { detach: true });
    }
  } finally {
    await rmdir(folder);
  }
}
