import { monotonic } from '@mapscope/native';
import { type Frame, FrameBuilder } from '@mapscope/shared/trace';
import type { Root } from '../sources/pagecache/open-beneath.ts';
import { lookAtCache, sayCache, type WatchedFile } from '../sources/pagecache/index.ts';
import { frameOf } from '../sources/source.ts';

/**
 * Looks once at what the page cache holds of a file, because somebody asked or rows about it were lost. The file is opened by its path below
 * the root of the mount and only if it still is the inode that was meant (`Root`). `undefined`: it is not, or cannot be looked at.
 */
export async function lookAgain(root: Root, { path, ino, inode, size }: WatchedFile): Promise<Frame | undefined> {
  const handle = await root.openFile(path, ino);
  if (!handle) return undefined;
  try {
    const found = lookAtCache(handle.fd, size),
      rows = new FrameBuilder();
    return typeof found !== 'number' && sayCache(rows, inode, found) ? frameOf(rows, monotonic()) : undefined;
  } finally {
    await handle.close();
  }
}
