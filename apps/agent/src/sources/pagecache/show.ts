import { closeSync, fstatSync } from 'node:fs';
import { Errno, errnoName } from '@mapscope/shared/wire';
import { openToAsk, refused, type Refused } from '../../host/index.ts';
import { bytesOfPages } from './ask.ts';
import { type CacheLook, lookAtCache } from './look.ts';
import { folioFlags, sayFolioFlags } from './page-flags.ts';
import { PageBit } from './survey.ts';

/** What `mapscope show --cache` and `--page-flags` add; numbers of 64 bits are decimal strings (docs/maps.md). */
export interface ShownCache {
  readonly cache: {
    /** Bytes. */
    readonly page_size: number;
    /** What is cached, in order; between them is nothing. */
    readonly ranges: readonly CachedRange[];
    /** Up to here it is told; null: to the end. */
    readonly told_to: string | null;
  };
  /** With `--page-flags`. */
  readonly folios?: readonly CachedRange[];
  readonly notes: readonly string[];
}

export interface CachedRange {
  readonly offset: string;
  readonly length: string;
  /** Of a range DIRTY, WRITEBACK or none, which is clean; of a folio names of `pageFlags`. */
  readonly flags: readonly string[];
}

/** What the page cache holds of a regular file now; nothing is changed by it, unless `flags` are asked for. Throws `Refused`. */
export async function showCache(file: string, { flags = false } = {}): Promise<ShownCache> {
  const fd = openToAsk(file);
  try {
    const found = lookAtCache(fd, fstatSync(fd, { bigint: true }).size);
    if (typeof found === 'number') throw cacheNotAsked(file, -found);
    const { page, runs, stop, isWhole } = found,
      cache = { page_size: page, ranges: rangesOf(found), told_to: isWhole ? null : String(bytesOfPages(stop, page)) },
      cut = isWhole ? [] : [`The cache is told up to byte ${bytesOfPages(stop, page)}: it is too finely mixed.`];
    if (!flags) return { cache, notes: cut };
    const folios = (await folioFlags(fd, { page, runs })).map(({ offset, length, flags }) => ({
      offset: String(offset),
      length: String(length),
      flags: sayFolioFlags(flags),
    }));
    return { cache, folios, notes: [...cut, 'The page flags were read through a mapping: these pages are marked as used now.'] };
  } finally {
    closeSync(fd);
  }
}

const rangesOf = ({ page, runs }: CacheLook): CachedRange[] =>
  runs.map(({ from, to, state }) => ({
    offset: String(bytesOfPages(from, page)),
    length: String(bytesOfPages(to - from, page)),
    flags: [...((state & PageBit.dirty) === 0 ? [] : ['DIRTY']), ...((state & PageBit.writeback) === 0 ? [] : ['WRITEBACK'])],
  }));

/** What a negative answer of cachestat means to who asks of `file`. */
export function cacheNotAsked(file: string, errno: number): Refused {
  if (errno === Errno.ENOSYS)
    return refused(
      'E_NO_CACHESTAT',
      'this kernel has no cachestat: what is cached of a file cannot be asked',
      'Linux 6.5 or newer has it.',
    );
  return errno === Errno.EPERM || errno === Errno.EACCES
    ? refused('E_PERMISSION', `what is cached of ${file} may be known by its owner only`, 'Run it as root, or as the owner.')
    : refused('E_CACHESTAT', `${file} does not tell what is cached of it: cachestat answers ${errnoName(errno)}`, 'Name a file on a disk.');
}
