/**
 * Owners that are no inode: with SPECIAL_OWNER `fmr_owner` is type << 32 | code. Names as in the headers, without prefix. XFS and ext4 use the codes of type
 * `X` alike. Fact: include/uapi/linux/fsmap.h, fs/xfs/libxfs/xfs_fs.h, fs/ext4/fsmap.h; spec/protocol.md 7.3.
 */
export const fsmapOwners: readonly (readonly [name: string, type: number, code: number, meaning: string])[] = [
  ['FREE', 0, 1, 'nobody: free space'],
  ['UNKNOWN', 0, 2, 'the filesystem does not say whose it is: a file’s, or something of its own'],
  ['METADATA', 0, 3, 'the filesystem itself'],
  ['FS', 0x58, 1, 'superblocks and the headers of allocation groups'],
  ['LOG', 0x58, 2, 'the journal'],
  ['AG', 0x58, 3, 'the trees of free space of an allocation group'],
  ['INOBT', 0x58, 4, 'the trees of inodes'],
  ['INODES', 0x58, 5, 'inodes'],
  ['REFC', 0x58, 6, 'the tree of reference counts'],
  ['COW', 0x58, 7, 'places that a copy on write has been promised'],
  ['DEFECTIVE', 0x58, 8, 'bad blocks'],
  ['GDT', 0x66, 1, 'group descriptors'],
  ['RESV_GDT', 0x66, 2, 'room for further group descriptors'],
  ['BLKBM', 0x66, 3, 'a bitmap of blocks'],
  ['INOBM', 0x66, 4, 'a bitmap of inodes'],
];

const byOwner = new Map(fsmapOwners.map(([name, type, code]) => [(BigInt(type) << 32n) | BigInt(code), name]));

/** `FREE`, or `owner 0x58:9?` for a code nobody has named. */
export const fsmapOwnerName = (owner: bigint): string =>
  byOwner.get(owner) ?? `owner 0x${(owner >> 32n).toString(16)}:${owner & 0xffff_ffffn}?`;
