import type { Result } from './addon.ts';
import { checkFd, checkU64 } from './check.ts';
import { native } from './load.ts';

/**
 * `/proc/self/pagemap` of pages of a file, mapped and faulted in for it: this reads what is not in the page cache, maps what is, and marks it as used. So it is for
 * pages that are known to be there, when somebody asked for it. `offset` is a multiple of the page size; `into` gets an entry a page, bits as
 * Documentation/admin-guide/mm/pagemap.rst says; without CAP_SYS_ADMIN its frame numbers are 0. Resolves how many were read, or a negative errno: `-EINVAL` before
 * Linux 5.14, `-EFAULT` when the file ends before.
 */
export async function pagemap(fd: number, offset: bigint, into: BigUint64Array): Promise<Result> {
  checkFd('fd', fd);
  checkU64('offset', offset);
  return native().pagemap(fd, offset, into);
}
