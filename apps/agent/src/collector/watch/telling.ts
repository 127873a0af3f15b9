import { Departure, type Frame, FrameBuilder, FolioState, How, Kind, type SourceId } from '@mapscope/shared/trace';
import { U64_MAX, utf8 } from '@mapscope/shared/units';
import { frameOf, saySource, type SourceFacts } from '../../sources/source.ts';

/** What an inode row says of a file. */
export interface Told {
  readonly inode: number;
  readonly ino: bigint;
  readonly root: bigint;
  readonly generation: number | null;
  /** Of what its filesystem is on. */
  readonly device: number;
  readonly path: Uint8Array;
  readonly size: bigint;
  readonly mode: number;
  readonly blockSize: number;
}

/** Rows of a stream of the collector's own, kept until the next tick. Their times do not go back. */
export class Telling {
  private readonly rows = new FrameBuilder();
  private readonly source: SourceId;
  private readonly take: (frame: Frame) => void;
  private readonly clock: () => bigint;
  private newest = 0n;

  /** `clock`: the time of rows that are given none. */
  constructor(source: SourceId, clock: () => bigint, take: (frame: Frame) => void) {
    this.source = source;
    this.clock = clock;
    this.take = take;
  }

  device(number: number, path: string, size: bigint, dev: number): void {
    const i = this.row(Kind.device);
    this.rows.device[i] = number;
    this.rows.length[i] = size;
    this.rows.flags[i] = dev;
    this.rows.bytes(utf8(path));
  }

  /** Answers the time that its row bears. */
  inode(told: Told, at?: bigint): bigint {
    const { rows } = this,
      i = this.row(Kind.inode, at);
    rows.inode[i] = told.inode;
    rows.offset[i] = told.ino;
    rows.length[i] = told.size;
    rows.addr[i] = BigInt(told.generation ?? 0);
    rows.flags[i] = told.blockSize;
    rows.type[i] = told.mode;
    rows.device[i] = told.device;
    rows.result[i] = BigInt.asIntN(64, told.root);
    rows.bytes(told.path);
    return rows.time[i]!;
  }

  /** Its pages below `end` may be in any state: it was there before anybody looked. */
  unknownPages(inode: number, end: bigint, at?: bigint): void {
    const i = this.row(Kind.folio, at);
    this.rows.inode[i] = inode;
    this.rows.type[i] = FolioState.unknown;
    this.rows.length[i] = end;
    this.rows.how[i] = How.unknown;
  }

  /** No page from `end` on is cached: the file ends before. */
  absentPages(inode: number, end: bigint): void {
    const i = this.row(Kind.folio);
    this.rows.inode[i] = inode;
    this.rows.type[i] = FolioState.removed;
    this.rows.offset[i] = end;
    this.rows.length[i] = U64_MAX - end;
  }

  gone(inode: number, at?: bigint, role: Departure = Departure.gone): void {
    const i = this.row(Kind.inodeGone, at);
    this.rows.inode[i] = inode;
    this.rows.role[i] = role;
  }

  /** What happened to files was not seen, from now on. */
  lost(): void {
    const i = this.row(Kind.lost);
    this.rows.result[i] = -1n;
    this.rows.offset[i] = this.newest;
    this.rows.length[i] = this.newest;
  }

  state(source: SourceId, facts: SourceFacts): void {
    this.makeRoom();
    saySource(this.rows, this.stamp(this.clock()), source, facts);
  }

  flush(): void {
    if (this.rows.count > 0) this.take(frameOf(this.rows, this.newest));
  }

  private row(kind: Kind, at = this.clock()): number {
    this.makeRoom();
    const i = this.rows.row(kind, this.stamp(at));
    this.rows.source[i] = this.source;
    this.rows.how[i] = How.observed;
    return i;
  }

  private makeRoom(): void {
    if (this.rows.isFull) this.flush();
  }

  private stamp(at: bigint): bigint {
    return (this.newest = at > this.newest ? at : this.newest);
  }
}
