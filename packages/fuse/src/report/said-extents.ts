import type { Mapping } from '../filesystem.ts';
import { isSameMapping } from '../same-mapping.ts';

const CELLS = 4;

/**
 * The last few extents said of one inode. Reading a file over and over gets the same answer each time; saying it once is enough as
 * long as nothing in between changed the map.
 */
export class SaidExtents {
  private readonly cells: (Mapping | undefined)[] = Array.from({ length: CELLS }, () => undefined);
  private next = 0;

  has(m: Mapping): boolean {
    for (let i = 0; i < CELLS; i++) {
      const said = this.cells[i];
      if (said && isSameMapping(said, m)) return true;
    }
    return false;
  }

  add(m: Mapping): void {
    // A copy: a filesystem may change the object it answered with.
    this.cells[this.next] = { ...m };
    this.next = (this.next + 1) % CELLS;
  }

  /** The map changed in [from, to): what was said there may be said again. */
  forget(from: bigint, to: bigint): void {
    for (let i = 0; i < CELLS; i++) {
      const said = this.cells[i];
      if (said && said.offset < to && from < said.offset + said.length) this.cells[i] = undefined;
    }
  }
}
