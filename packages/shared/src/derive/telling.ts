import { FolioState, How } from '../trace/index.ts';
import { U64_MAX } from '../units/index.ts';
import type { Inode } from './inode.ts';
import type { Moment } from './ops.ts';
import type { Scene } from './rule.ts';
import type { Volume } from './volume.ts';
import { statusEvents } from './ext4/status-rules.ts';
import { forkEvents } from './xfs/fork-rules.ts';

/** What the events of a trace are enough for. */
interface Telling {
  /** Each change of a map of that volume is told by its filesystem. */
  readonly tells: (volume: Volume) => boolean;
  /** A range whose pages left the cache may have been freed, since nothing tells of that. */
  readonly doubtsRemoved: (inode: Inode) => boolean;
  /** The end of an I/O is all that tells of the conversion that follows it. */
  readonly converts: (inode: Inode) => boolean;
  /** What writeback takes of a file is told, so that what is left dirty is known. */
  readonly seesWriteback: (inode: Inode) => boolean;
}

/** Events that tell when space of a file is freed. */
const freeing = ['xfs_bunmap', 'xfs_itruncate_extents_start'] as const;

export function telling(has: (event: string) => boolean): Telling {
  const hasForks = forkEvents.every(has),
    hasStatus = statusEvents.every(has),
    hasFreeing = freeing.every(has),
    hasConversion = has('xfs_unwritten_convert');
  const isXfs = ({ volume }: Inode): boolean => volume.filesystem === 'xfs';
  return {
    tells: ({ filesystem, blockSize }) => blockSize > 0 && ((filesystem === 'xfs' && hasForks) || (filesystem === 'ext4' && hasStatus)),
    doubtsRemoved: (inode) =>
      !inode.tells && (inode.volume.filesystem === 'other' || inode.volume.filesystem === 'ext4' || (isXfs(inode) && !hasFreeing)),
    // FUSE writes through pages of its own before 6.16 or so, and says nothing.
    // What ext4 takes and what it dirties are told by events of its own.
    seesWriteback: ({ volume }) => has('iomap_writeback_folio') || (volume.filesystem !== 'fuse' && has('iomap_writepage')),
    converts: (inode) => !inode.tells && (inode.volume.filesystem === 'other' || (isXfs(inode) && !hasConversion)),
  };
}

/** A new inode: what was remembered under its number was another's, its maps hold nothing, and no page of it is cached. */
export function born(
  { inodes, claims, rows, hears }: Pick<Scene, 'inodes' | 'claims' | 'rows' | 'hears'>,
  moment: Moment,
  dev: number,
  ino: bigint,
  parent: bigint | undefined,
): void {
  hears.born?.(dev, ino, moment.time, parent);
  const inode = inodes.find(dev, ino);
  if (!inode) return;
  inode.forget();
  inode.isWhole = inode.tells;
  inode.sized = undefined;
  claims.hole(moment, inode, 0, 0n, U64_MAX);
  claims.settled(moment, inode, 0, 0n, U64_MAX);
  // Said, since whoever has lost rows does not believe it of a file that he has not heard of.
  const i = rows.folio(moment, inode, FolioState.removed, 0n, U64_MAX);
  rows.columns.how[i] = How.derived;
}
