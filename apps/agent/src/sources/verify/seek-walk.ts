import { setTimeout as sleep } from 'node:timers/promises';
import { cachestat, seekData, seekHole } from '@mapscope/native';
import { Errno, errnoName } from '@mapscope/shared/wire';
import type { ByteRange, Sought } from '@mapscope/shared/verify';
import { refused } from '../../host/index.ts';

/** Ranges that are walked: of a file with more, nobody wants to see them all. */
const MOST = 1 << 20;
/** Ranges between two rests: some 4 ms of lseek. */
const AT_ONCE = 2048;

/**
 * The data of an open file as lseek(2) finds it, from hole to hole, below `size` bytes. Throws `Refused`: E_SEEK. Each question makes events in a trace of the
 * filesystem, more in a second than its reader can take: after some of them it gets as long as they took.
 */
export async function dataOf(fd: number, size: bigint, file: string): Promise<Sought> {
  const out: ByteRange[] = [],
    pages = cachestat(fd, 0n, 0n);
  let rested = performance.now();
  for (let at = 0n; at < size;) {
    const from = seekData(fd, at);
    // No data behind here.
    if (from === -Errno.ENXIO) break;
    const to = typeof from === 'bigint' ? seekHole(fd, from) : from;
    if (typeof from === 'number' || typeof to === 'number') throw notSought(file, -Number(to));
    out.push({ from, to });
    if (out.length > MOST) throw refused('E_SEEK', `${file} has more than ${MOST} ranges of data`, 'Leave out --seek.');
    at = to;
    if (out.length % AT_ONCE !== 0) continue;
    await sleep(Math.ceil(performance.now() - rested));
    rested = performance.now();
  }
  return { ranges: out, hasEvicted: typeof pages === 'number' || pages.evicted > 0n };
}

/** Whether lseek of this type of filesystem asks the page cache about a place that is not written: through iomap it does. */
export const looksIntoCache = (type: string): boolean => type === 'xfs' || type === 'ext4';

const notSought = (file: string, errno: number) =>
  refused('E_SEEK', `${file} cannot be searched for data: lseek answers ${errnoName(errno)}`, 'Leave out --seek.');
