import { bitSet, masksOf } from './bit-set.ts';

/** How a read or write was asked for. Fact: IOCB_ bits of include/linux/fs.h, 6.18; those below 16 are RWF_ bits of preadv2(2). */
export const iocbFlags = bitSet([
  ['HIPRI', 0, 'the caller polls for the end'],
  ['DSYNC', 1, 'done when the data is safe'],
  ['SYNC', 2, 'done when the data and what describes it are safe'],
  ['NOWAIT', 3, 'must not block'],
  ['APPEND', 4, 'at the end of the file'],
  ['ATOMIC', 6, 'all of it or nothing'],
  ['DONTCACHE', 7, 'drop from the page cache after use'],
  ['EVENTFD', 16, 'tells an eventfd'],
  ['DIRECT', 17, 'past the page cache'],
  ['WRITE', 18, 'a write'],
  ['WAITQ', 19, 'goes on by itself when a page is there'],
  ['NOIO', 20, 'only what is cached'],
  ['ALLOC_CACHE', 21, 'bios from a cache'],
  ['CALLER_COMP', 22, 'the caller completes it'],
  ['AIO_RW', 23, 'asked by io_submit(2)'],
  ['HAS_METADATA', 24, 'with protection information'],
]);

/** How a filesystem has direct I/O done. Fact: IOMAP_DIO_ bits of include/linux/iomap.h, 6.18. */
export const dioFlags = bitSet([
  ['FORCE_WAIT', 0, 'waits for the end though it was asked not to'],
  ['OVERWRITE_ONLY', 1, 'only over what is written already'],
  ['PARTIAL', 2, 'what is done of it counts when the rest fails'],
]);

/** How a page fault ended. Fact: enum vm_fault_reason; `print fmt` of the events names no numbers (recordings/dax-README.md). */
export const vmFaultFlags = bitSet([
  ['OOM', 0, 'no memory'],
  ['SIGBUS', 1, 'nothing is there'],
  ['MAJOR', 2, 'blocks had to be found or given'],
  ['WRITE', 3, 'the page may be written to (until 6.1)'],
  ['HWPOISON', 4, 'the memory is damaged'],
  ['SIGSEGV', 6, 'not allowed'],
  ['NOPAGE', 8, 'the page table is filled, there is no page to give'],
  ['LOCKED', 9, 'the page is locked'],
  ['RETRY', 10, 'to be tried again'],
  ['FALLBACK', 11, 'to be tried with a smaller page'],
  ['DONE_COW', 12, 'the page was copied'],
  ['NEEDDSYNC', 13, 'what describes the data must be made safe first'],
]);
export const VmFault = masksOf(vmFaultFlags);
