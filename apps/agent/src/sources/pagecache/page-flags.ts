import { closeSync, openSync } from 'node:fs';
import { pagemap, pread } from '@mapscope/native';
import { Errno, errnoName, frameOfPagemap, pageFlags, PageFlag } from '@mapscope/shared/wire';
import { errorCode, refused, type Refused, sayError } from '../../host/index.ts';
import { bytesOfPages } from './ask.ts';
import type { CacheLook } from './look.ts';

/** A folio of a file and the flags of its first page. */
export interface FolioFlags {
  /** Of the file, bytes. */
  readonly offset: bigint;
  readonly length: bigint;
  /** `pageFlags`; what is set on any of its pages. */
  readonly flags: bigint;
}

/** Pages mapped at a time: their page tables are made, and let go again. */
const AT_ONCE = 512;

/**
 * The folios of a file that are in the page cache, with the flags of their pages, by /proc/kpageflags. Only when somebody asks for it: the pages have to be mapped
 * for it, which marks them as used and may keep them from being reclaimed; one that leaves the cache meanwhile is read again. `known` says which there are.
 * Throws `Refused`: it takes root. Fact: spec/live-facts.md 14.
 */
export async function folioFlags(fd: number, { page, runs }: Pick<CacheLook, 'page' | 'runs'>): Promise<FolioFlags[]> {
  const kernel = openFlags(),
    folios: FolioFlags[] = [];
  try {
    for (const run of runs)
      for (let from = run.from; from < run.to; from += AT_ONCE) {
        const to = Math.min(run.to, from + AT_ONCE),
          entries = new BigUint64Array(to - from),
          found = await pagemap(fd, bytesOfPages(from, page), entries);
        // The file was cut meanwhile.
        if (found === -Errno.EFAULT) continue;
        if (found < 0) throw notMapped(-found);
        addFolios(folios, from, page, entries, kernel);
      }
    return folios;
  } finally {
    closeSync(kernel);
  }
}

function addFolios(folios: FolioFlags[], from: number, page: number, entries: BigUint64Array, kernel: number): void {
  const word = new BigUint64Array(1),
    bytes = new Uint8Array(word.buffer);
  for (const [i, entry] of entries.entries()) {
    const frame = frameOfPagemap(entry);
    if (frame === undefined) continue;
    if (frame === 0n)
      throw refused('E_PERMISSION', 'page frames may be known by root only', 'Run it as root: sudo npx mapscope show --page-flags FILE');
    if (pread(kernel, bytes, 0, bytes.length, frame * 8n) !== bytes.length) continue;
    const flags = word[0]!,
      offset = bytesOfPages(from + i, page),
      last = folios.at(-1);
    if (last && last.offset + last.length === offset && (flags & BigInt(PageFlag.COMPOUND_TAIL)) !== 0n)
      folios[folios.length - 1] = { offset: last.offset, length: last.length + BigInt(page), flags: last.flags | flags };
    else folios.push({ offset, length: BigInt(page), flags });
  }
}

function openFlags(): number {
  try {
    return openSync('/proc/kpageflags', 'r');
  } catch (error) {
    if (errorCode(error) === 'ENOENT')
      throw refused('E_NO_PAGE_FLAGS', 'this kernel has no /proc/kpageflags', 'One built with CONFIG_PROC_PAGE_MONITOR=y has it.', error);
    throw refused(
      'E_PERMISSION',
      `/proc/kpageflags cannot be opened: ${sayError(error)}`,
      'Run it as root, outside of a container.',
      error,
    );
  }
}

const notMapped = (errno: number): Refused =>
  errno === Errno.EINVAL
    ? refused('E_NO_PAGE_FLAGS', 'this kernel cannot fault pages in without touching them', 'Linux 5.14 or newer can.')
    : refused('E_PAGE_FLAGS', `the file cannot be mapped (${errnoName(errno)})`, 'Try another file.');

/** `UPTODATE LRU`, the marks of a large folio left out: its length says so. */
export const sayFolioFlags = (flags: bigint): string[] => pageFlags.names(flags & ~BigInt(PageFlag.COMPOUND_HEAD | PageFlag.COMPOUND_TAIL));
