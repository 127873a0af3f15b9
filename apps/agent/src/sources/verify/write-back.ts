import { mapOf } from '../fiemap/index.ts';

/**
 * Writes an open file back, and waits for it. That a writeback of it has failed, be it long ago, is told to whoever asks first (fact: filemap_check_errors,
 * mm/filemap.c); it is no reason to leave the rest, so it is asked once more. Throws `Refused` where the kernel refuses again.
 */
export async function writeBack(fd: number, file: string): Promise<void> {
  // FIEMAP writes all of a file back before it answers, however little is asked.
  const ask = () => mapOf(fd, { file, sync: true, most: 1 });
  await ask().catch(ask);
}
