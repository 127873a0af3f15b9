import { checkReply, type MappedFile, OpFlag, pureOverwrite, type Violation } from '@mapscope/shared/wire';
import type { Begin, BeginReply, Filesystem, Mapping } from '../filesystem.ts';
import { isSameMapping } from '../same-mapping.ts';
import type { Storage } from './storage.ts';

/** A reply that broke no rule, and the operation flags it answered. */
interface Legal {
  readonly opflags: number;
  readonly read: Mapping;
  readonly write: Mapping | undefined;
}

/** Replies that are remembered: a file that is read here and there is answered with one of a few extents. */
const CELLS = 4;
const none: readonly Violation[] = [];

/**
 * Holds replies against the rules of spec/protocol.md 4.1 and 4.3. One that broke none breaks none again where it answers an operation with
 * the same flags that lies inside it: of all rules only E_NO_COVER and E_OVERWRITE_ONLY ask where the operation lies.
 */
export class Judge {
  private readonly file: MappedFile;
  private readonly cells: (Legal | undefined)[] = Array.from({ length: CELLS }, () => undefined);
  private next = 0;

  constructor({ blockSize, maxBytes }: Filesystem, storage: Pick<Storage, 'has'>) {
    this.file = { blockSize, maxBytes, device: (cookie) => (storage.has(cookie) ? 'read and write' : undefined) };
  }

  check(begin: Begin, { read, write }: BeginReply): readonly Violation[] {
    if (this.knows(begin, read, write)) return none;
    const broken = checkReply(begin, { read, write: write ?? pureOverwrite(read) }, this.file);
    if (broken.length === 0 && !(begin.opflags & OpFlag.OVERWRITE_ONLY)) this.remember(begin.opflags, read, write);
    return broken;
  }

  private knows({ opflags, pos, count }: Begin, read: Mapping, write: Mapping | undefined): boolean {
    for (let i = 0; i < CELLS; i++) {
      const cell = this.cells[i];
      if (!cell || cell.opflags !== opflags || !isSameMapping(cell.read, read)) continue;
      if (write ? cell.write && isSameMapping(cell.write, write) : !cell.write)
        return isInside(pos, count, read) && (!write || isInside(pos, count, write));
    }
    return false;
  }

  /** Copies: a filesystem may change the objects it answered with. */
  private remember(opflags: number, read: Mapping, write: Mapping | undefined): void {
    this.cells[this.next] = { opflags, read: { ...read }, write: write && { ...write } };
    this.next = (this.next + 1) % CELLS;
  }
}

const isInside = (pos: bigint, count: bigint, m: Mapping): boolean => pos >= m.offset && pos + count <= m.offset + m.length;
