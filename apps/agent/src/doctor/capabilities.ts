/*
 * Which kernel and which privilege shows what: one table, printed by `mapscope doctor` and by the README. A thing is there when both its
 * kernel and its privilege say so. `?` is "not tried here": nothing in it is guessed.
 */
export const kernels = ['5.15', '6.1', '6.12', '6.18'] as const;
export const privileges = ['root', 'user', 'container'] as const;

type Cell = 'yes' | 'no' | '?';

interface Capability {
  readonly what: string;
  /** In the order of `kernels`. */
  readonly kernel: readonly [Cell, Cell, Cell, Cell];
  /** In the order of `privileges`; a container as Docker starts it, with the device and the right to mount added. */
  readonly privilege: readonly [Cell, Cell, Cell];
  readonly note: string;
}

export const capabilities: readonly Capability[] = [
  {
    what: 'mount the demo filesystem; operations, mappings, extents, strips; `show` on it',
    kernel: ['?', 'yes', '?', 'yes'],
    privilege: ['yes', 'yes', 'yes'],
    note: 'a user needs fusermount3; a container --device /dev/fuse --cap-add SYS_ADMIN',
  },
  {
    what: 'cached and dirty pages by tracepoints',
    kernel: ['no', 'yes', '?', 'yes'],
    privilege: ['yes', 'no', 'no'],
    note: "the events have their names since 5.18; tracefs is root's, and a container does not see it",
  },
  {
    what: 'cached and dirty pages by cachestat',
    kernel: ['no', 'no', 'yes', 'yes'],
    privilege: ['yes', 'yes', '?'],
    note: 'the system call came with 6.5; a moment, not each event',
  },
  {
    what: 'who wrote behind the writeback cache (`iomap_iter` on FUSE)',
    kernel: ['?', 'no', '?', 'yes'],
    privilege: ['yes', 'no', 'no'],
    note: 'buffered FUSE writes run through the kernel\u2019s iomap on 6.18',
  },
  {
    what: 'requests to FUSE servers that others run (`fuse_request_send`, `fuse_request_end`)',
    kernel: ['?', 'no', '?', 'yes'],
    privilege: ['yes', 'no', 'no'],
    note: 'which file one is about, only its server knows',
  },
  {
    what: 'how long such a request is in the queue, with its server, and on its way back (`watch --request-times`)',
    kernel: ['?', 'no', '?', 'yes'],
    privilege: ['yes', 'no', 'no'],
    note: 'CONFIG_FTRACE_SYSCALLS; not of servers that answer by io_uring',
  },
  {
    what: 'dirty pages that stay (`max_ratio` raised)',
    kernel: ['?', 'yes', '?', 'yes'],
    privilege: ['yes', 'no', 'no'],
    note: 'elsewhere the kernel writes them back almost at once',
  },
  {
    what: '`show` on ext4 and XFS (FIEMAP)',
    kernel: ['yes', 'yes', 'yes', 'yes'],
    privilege: ['yes', 'yes', '?'],
    note: 'of files that may be read',
  },
  {
    what: '`show` on btrfs, with the places on its devices',
    kernel: ['?', 'yes', '?', 'yes'],
    privilege: ['yes', 'no', '?'],
    note: 'others see its logical addresses, said to be such: the chunk tree is root’s',
  },
  {
    what: 'who owns the space of ext4 and XFS (`fsmap`)',
    kernel: ['?', 'yes', '?', 'yes'],
    privilege: ['yes', 'no', '?'],
    note: 'files by inode on XFS with a reverse map; others see free space, and owners as UNKNOWN',
  },
  {
    what: 'folios and flags of cached pages (`show --page-flags`)',
    kernel: ['no', 'no', '?', 'yes'],
    privilege: ['yes', 'no', '?'],
    note: 'which pages, cachestat says; page frames are root’s; to look at them marks the pages as used',
  },
  {
    what: 'fuse-iomap and famfs requests of the kernel itself',
    kernel: ['no', 'no', 'no', 'no'],
    privilege: ['no', 'no', 'no'],
    note: 'no released kernel has them: our engine asks in its place, and each event says so',
  },
];
