/** Large folios that a deriver remembers at most; beyond it the eldest inode's are forgotten and count as order 0. */
const MOST_INODES = 4096;

/**
 * The orders of the large folios in the cache, by inode and first page, since `writeback_dirty_folio` names only that page. Folios of order 0
 * take no room.
 */
export class Orders {
  private readonly byInode = new Map<bigint, Map<bigint, number>>();

  set(ino: bigint, page: bigint, order: number): void {
    const known = this.byInode.get(ino);
    if (order > 0) {
      if (known) known.set(page, order);
      else this.add(ino, page, order);
    } else if (known?.delete(page) && known.size === 0) this.byInode.delete(ino);
  }

  get(ino: bigint, page: bigint): number {
    return this.byInode.get(ino)?.get(page) ?? 0;
  }

  forget(): void {
    this.byInode.clear();
  }

  private add(ino: bigint, page: bigint, order: number): void {
    if (this.byInode.size >= MOST_INODES) for (const [eldest] of [...this.byInode].slice(0, 1)) this.byInode.delete(eldest);
    this.byInode.set(ino, new Map([[page, order]]));
  }
}
