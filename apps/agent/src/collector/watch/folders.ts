import { inodeKey } from '@mapscope/shared/derive';

/** Of what was born below a watched folder, a folder may be among the newest so many without having been entered yet. */
const MOST_BORN = 8192;

/**
 * The inodes in which a new file is one of ours: the folders that are watched, and what was born in one of them, since it may be a folder that nobody has entered
 * yet. Records of births tell the inode of the folder and no name.
 */
export class Folders {
  private readonly entered = new Set<string | bigint>();
  /** Oldest first. */
  private readonly bornBelow = new Set<string | bigint>();

  /** A watched folder: its filesystem's dev_t, and its inode. */
  enter(dev: number, ino: bigint): void {
    this.entered.add(inodeKey(dev, ino, 0n));
  }

  /** A new inode, and the one it was made in; undefined: this kernel does not tell. Answers whether it may lie below a watched folder. */
  born(dev: number, ino: bigint, parent: bigint | undefined): boolean {
    // Whatever had this number was no folder any more.
    this.gone(dev, ino);
    if (parent === undefined) return true;
    const folder = inodeKey(dev, parent, 0n);
    if (!this.entered.has(folder) && !this.bornBelow.has(folder)) return false;
    this.bornBelow.add(inodeKey(dev, ino, 0n));
    const [oldest] = this.bornBelow;
    if (this.bornBelow.size > MOST_BORN && oldest !== undefined) this.bornBelow.delete(oldest);
    return true;
  }

  gone(dev: number, ino: bigint): void {
    const key = inodeKey(dev, ino, 0n);
    this.entered.delete(key);
    this.bornBelow.delete(key);
  }
}
