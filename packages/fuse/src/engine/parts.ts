import type { Buffers } from '../buffers.ts';
import type { Filesystem } from '../filesystem.ts';
import type { Inode } from '../inode.ts';
import type { Evidence } from '../report/evidence.ts';
import type { Data } from './data.ts';
import type { Upcalls } from './upcalls.ts';

/** What the engine's operations work with. */
export interface Parts {
  readonly fs: Filesystem;
  readonly upcalls: Upcalls;
  readonly data: Data;
  readonly evidence: Evidence;
  readonly buffers: Buffers;
  /** Block size of the filesystem, bytes. */
  readonly block: bigint;
  /** Inodes with blocks that wait for a place. */
  readonly dirtyInodes: Set<Inode>;
  readonly onResize: (inode: Inode, size: bigint) => void;
}
