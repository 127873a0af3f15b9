import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Filesystem } from '../../host/index.ts';
import { mapOf } from '../fiemap/index.ts';

/**
 * Writes an open file back, and waits for it. That a writeback of it has failed, be it long ago, is told to whoever asks first (fact: filemap_check_errors,
 * mm/filemap.c); it is no reason to leave the rest, so it is asked once more. Throws `Refused` where the kernel refuses again.
 */
export async function writeBack(fd: number, file: string, { type }: Pick<Filesystem, 'type'>): Promise<void> {
  if (type === 'btrfs') await syncApart(fd);
  // FIEMAP writes all of a file back before it answers, however little is asked.
  const ask = () => mapOf(fd, { file, sync: true, most: 1 });
  await ask().catch(ask);
}

/**
 * By a process of its own: what our threads do to ranges of btrfs files is taken for looking only, since its events do not tell that from writing, and small files get their
 * place, inside of the tree, in the thread that writes them back. Whether it could be done is told by who asks next.
 */
async function syncApart(fd: number): Promise<void> {
  const child = spawn('sync', ['/proc/self/fd/3'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
  // A machine without that program is none the worse for it.
  await once(child, 'close').catch(() => undefined);
}
