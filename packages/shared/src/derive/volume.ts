/** What serves the files of a volume decides what its tracepoints mean. `other`: a filesystem of which only the common events are known. */
export type Filesystem = 'fuse' | 'xfs' | 'ext4' | 'btrfs' | 'other';

/** A mounted filesystem as its tracepoints name it, and what must be known of it besides. All of it comes from outside the trace. */
export interface Volume {
  /** Kernel's dev_t: major << 20 | minor. Not what stat(2) gives. */
  readonly dev: number;
  readonly filesystem: Filesystem;
  /** Stream's number of the device that the addresses of its extents count on; 0: none, they are logical or not known. */
  readonly device: number;
  /** Bytes of a block; 0: not known, then what is told in blocks is not believed. */
  readonly blockSize: number;
  /** XFS: how a block number is packed, from the superblock (`xfs_info` agsize; sb_agblklog). Left out: packed places are unknown. */
  readonly groups?: { readonly blocks: number; readonly log: number };
  /** XFS, where the groups are not known: the block of the device that this packed one is, of those that a trace has told. */
  readonly told?: (packed: bigint) => bigint | undefined;
  /** What block events call its device: that of the whole disk, and where on it the filesystem begins, bytes. Left out: ends of I/O are not seen. */
  readonly disk?: { readonly dev: number; readonly from: bigint };
  /**
   * Other filesystems have the same backing device, as partitions of one disk do: writeback events name only that, so an inode number in them
   * may be another file's.
   */
  readonly sharesBdi?: boolean;
}

/** The volume with this dev_t; undefined: nobody asked for it. Asked once a device. */
export type FindVolume = (dev: number) => Volume | undefined;

/** The btrfs with this identity, 32 hex digits: its own events name it so. */
export type FindByFsid = (fsid: string) => Volume | undefined;

const NONE = 0xffff_ffff_ffff_ffffn;

/**
 * Bytes from the start of the device of a packed XFS block number (allocation group above, block in it below); undefined when the packing is not
 * known. Fact: XFS_FSB_TO_DADDR, and recordings/README.md: `startblock` is not linear.
 */
export function bytesOfPacked({ groups, told, blockSize }: Volume, packed: bigint): bigint | undefined {
  if (blockSize === 0) return undefined;
  const block = (groups && unpacked(groups, packed)) ?? told?.(packed);
  return block === undefined ? undefined : block * BigInt(blockSize);
}

function unpacked(groups: { readonly blocks: number; readonly log: number }, packed: bigint): bigint | undefined {
  const log = BigInt(groups.log),
    inGroup = packed & ((1n << log) - 1n);
  return inGroup < BigInt(groups.blocks) ? (packed >> log) * BigInt(groups.blocks) + inGroup : undefined;
}

/** Bytes of a number of blocks, as far as a u64 goes. */
export const bytesOfBlocks = ({ blockSize }: Volume, blocks: bigint): bigint => {
  const bytes = blocks * BigInt(blockSize);
  return bytes > NONE ? NONE : bytes;
};
