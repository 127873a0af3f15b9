import { seekData, seekHole } from '@mapscope/native';
import { Errno, errnoName } from '@mapscope/shared/wire';
import type { DataRange } from '@mapscope/shared/verify';
import { refused } from '../../host/index.ts';

/** Ranges that are walked: of a file with more, nobody wants to see them all. */
const MOST = 1 << 20;

/** The data of an open file as lseek(2) finds it, from hole to hole, below `size` bytes. Throws `Refused`: E_SEEK. */
export function dataOf(fd: number, size: bigint, file: string): readonly DataRange[] {
  const out: DataRange[] = [];
  for (let at = 0n; at < size;) {
    const from = seekData(fd, at);
    // No data behind here.
    if (from === -Errno.ENXIO) break;
    const to = typeof from === 'bigint' ? seekHole(fd, from) : from;
    if (typeof from === 'number' || typeof to === 'number') throw notSought(file, -Number(to));
    out.push({ from, to });
    if (out.length > MOST) throw refused('E_SEEK', `${file} has more than ${MOST} ranges of data`, 'Leave out --seek.');
    at = to;
  }
  return out;
}

const notSought = (file: string, errno: number) =>
  refused('E_SEEK', `${file} cannot be searched for data: lseek answers ${errnoName(errno)}`, 'Leave out --seek.');
