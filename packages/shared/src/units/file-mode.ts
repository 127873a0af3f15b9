/** Bits of st_mode that say what a file is. Fact: inode(7), include/uapi/linux/stat.h. */
export const S_IFMT = 0o170000,
  S_IFREG = 0o100000,
  S_IFDIR = 0o040000,
  S_IFLNK = 0o120000,
  S_ISGID = 0o2000;

export const isRegular = (mode: number): boolean => (mode & S_IFMT) === S_IFREG;
