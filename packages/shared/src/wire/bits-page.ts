import { bitSet, masksOf } from './bit-set.ts';

/** Flags of a page frame in `/proc/kpageflags`. Fact: include/uapi/linux/kernel-page-flags.h. */
export const pageFlags = bitSet([
  ['LOCKED', 0, 'under I/O, or being changed'],
  ['ERROR', 1, 'an I/O failed (before Linux 6.12)'],
  ['REFERENCED', 2, 'used since reclaim looked last'],
  ['UPTODATE', 3, 'holds what the file holds'],
  ['DIRTY', 4, 'newer than storage'],
  ['LRU', 5, 'on a list of reclaim'],
  ['ACTIVE', 6, 'on the list of those used lately'],
  ['SLAB', 7, 'memory of the kernel'],
  ['WRITEBACK', 8, 'going to storage'],
  ['RECLAIM', 9, 'to be freed as soon as it is written'],
  ['BUDDY', 10, 'free'],
  ['MMAP', 11, 'mapped by a process'],
  ['ANON', 12, 'of no file'],
  ['SWAPCACHE', 13, 'has a place in swap'],
  ['SWAPBACKED', 14, 'goes to swap, as in tmpfs'],
  ['COMPOUND_HEAD', 15, 'first of a large folio'],
  ['COMPOUND_TAIL', 16, 'of a large folio, not the first'],
  ['HUGE', 17, 'of hugetlbfs'],
  ['UNEVICTABLE', 18, 'not to be reclaimed'],
  ['HWPOISON', 19, 'broken memory'],
  ['NOPAGE', 20, 'no such frame'],
  ['KSM', 21, 'merged with equal ones'],
  ['THP', 22, 'of a transparent huge page'],
  ['OFFLINE', 23, 'logically offline'],
  ['ZERO_PAGE', 24, 'the page of zeroes'],
  ['IDLE', 25, 'not used since it was marked'],
  ['PGTABLE', 26, 'a page table'],
  ['RESERVED', 32, 'not to be touched'],
  ['MLOCKED', 33, 'locked in memory by a process'],
  ['OWNER_2', 34, 'of its owner: in the page cache of some filesystems'],
  ['PRIVATE', 35, 'the filesystem keeps something with it: state of blocks, buffers'],
  ['PRIVATE_2', 36, 'a second mark of the filesystem'],
  ['OWNER_PRIVATE', 37, 'of its owner'],
  ['ARCH', 38, 'of the architecture'],
  ['UNCACHED', 39, 'not cached by the processor'],
  ['SOFTDIRTY', 40, 'written since it was marked'],
  ['ARCH_2', 41, 'of the architecture'],
  ['ARCH_3', 42, 'of the architecture'],
]);
export const PageFlag = masksOf(pageFlags);

const PRESENT = 1n << 63n;
const FRAME = (1n << 55n) - 1n;

/** Page frame number in an entry of `/proc/PID/pagemap`; undefined: nothing is mapped there. 0 stands for all to who may not know. Fact: Documentation/admin-guide/mm/pagemap.rst. */
export const frameOfPagemap = (entry: bigint): bigint | undefined => ((entry & PRESENT) === 0n ? undefined : entry & FRAME);
