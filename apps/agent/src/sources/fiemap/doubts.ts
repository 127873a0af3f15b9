import { type Frame, heapOf, Kind, MapLayer, MapType, SourceId, Where } from '@mapscope/shared/trace';
import { ExtentFlag } from '@mapscope/shared/wire';
import { floorTo, maxBig, minBig, U64_MAX, utf8Text } from '@mapscope/shared/units';

/** Bytes of a block where nobody says. */
const USUAL_BLOCK = 4096;

/** A range of a file that is to be asked for. */
export interface Doubt {
  readonly from: bigint;
  readonly to: bigint;
  /** When the first reason came, and the last; CLOCK_MONOTONIC, nanoseconds. */
  readonly since: bigint;
  readonly latest: bigint;
  /** Nothing but ranges that became unknown: once all of it is known again nobody has to ask. */
  readonly isOfUnknown: boolean;
}

/** What is known of a file here: enough to see what changed. */
interface Known {
  readonly size: bigint;
  readonly path: string;
}

/**
 * Which ranges of which files FIEMAP should be asked for, from what other sources tell: what became unknown, the end of a file that was cut, all of one that was
 * renamed (ext4 gives delayed blocks their place then), what was cloned or moved, or is perhaps shared by now, and everything after a loss. Pure: rows in, ranges out.
 */
export class Doubts {
  private readonly known = new Map<number, Known>();
  private readonly doubts = new Map<number, Doubt>();

  /** Files with a range in doubt. */
  get size(): number {
    return this.doubts.size;
  }

  /** Puts a range in doubt; with others of the file it becomes one range, that of all of them. */
  add(inode: number, at: bigint, from = 0n, to = U64_MAX, isOfUnknown = false): void {
    const before = this.doubts.get(inode);
    this.doubts.set(
      inode,
      before
        ? {
            from: minBig(before.from, from),
            to: maxBig(before.to, to),
            since: before.since,
            latest: maxBig(before.latest, at),
            isOfUnknown: before.isOfUnknown && isOfUnknown,
          }
        : { from, to, since: at, latest: at, isOfUnknown },
    );
  }

  hear(frame: Frame): void {
    for (let i = 0; i < frame.count; i++) if (frame.source[i] !== SourceId.fiemap) this.hearRow(frame, i);
  }

  private hearRow(frame: Frame, i: number): void {
    const inode = frame.inode[i]!,
      at = frame.time[i]!;
    switch (frame.kind[i]) {
      case Kind.extent:
        if (frame.role[i] === MapLayer.data) this.hearExtent(frame, i, minBig(frame.offset[i]! + frame.length[i]!, U64_MAX));
        return;
      case Kind.remap:
        // Told again on top of an answer that had it already, it would be wrong.
        this.add(inode, at, frame.offset[i]!, minBig(frame.offset[i]! + frame.length[i]!, U64_MAX));
        return;
      case Kind.inode:
        return this.hearInode(inode, at, { size: frame.length[i]!, path: utf8Text(heapOf(frame, i)) }, frame.flags[i]!);
      case Kind.inodeGone:
        this.known.delete(inode);
        this.doubts.delete(inode);
        return;
      case Kind.lost:
        if (inode !== 0) this.add(inode, at);
        else for (const each of this.known.keys()) this.add(each, at);
    }
  }

  private hearExtent(frame: Frame, i: number, to: bigint): void {
    const inode = frame.inode[i]!,
      at = frame.time[i]!,
      from = frame.offset[i]!;
    if (frame.type[i] === MapType.UNKNOWN) return this.add(inode, at, from, to, true);
    // Where it lies is known; that others may share it by now, or share it no longer, is told of nothing else.
    if (frame.result[i] === BigInt(Where.same))
      return (frame.flags[i]! & ExtentFlag.SHARING_UNKNOWN) === 0 ? undefined : this.add(inode, at, from, to);
    const doubt = this.doubts.get(inode);
    // As each extent of XFS that becomes another one.
    if (doubt?.isOfUnknown && from <= doubt.from && doubt.to <= to) this.doubts.delete(inode);
  }

  private hearInode(inode: number, at: bigint, now: Known, blockSize: number): void {
    const before = this.known.get(inode);
    this.known.set(inode, now);
    if (!before) return;
    if (now.path !== before.path) this.add(inode, at);
    // The block that the new end cuts was perhaps written anew: all of it, since an extent is told from where it was asked for.
    else if (now.size < before.size) this.add(inode, at, floorTo(maxBig(now.size, 1n) - 1n, BigInt(blockSize || USUAL_BLOCK)));
  }

  /**
   * Takes out at most `most` doubts that are ripe at `now`: nothing came for `quiet` nanoseconds, or it has waited for `longest`. The eldest first.
   */
  ripe(now: bigint, quiet: bigint, longest: bigint, most: number): [inode: number, doubt: Doubt][] {
    const out: [number, Doubt][] = [];
    for (const [inode, doubt] of this.doubts) {
      if (out.length >= most) break;
      if (dueAt(doubt, quiet, longest) > now) continue;
      out.push([inode, doubt]);
      this.doubts.delete(inode);
    }
    return out;
  }

  /** When the next one is ripe; undefined: nothing is in doubt. */
  nextAt(quiet: bigint, longest: bigint): bigint | undefined {
    let next: bigint | undefined;
    for (const doubt of this.doubts.values()) {
      const due = dueAt(doubt, quiet, longest);
      if (next === undefined || due < next) next = due;
    }
    return next;
  }
}

const dueAt = ({ since, latest }: Doubt, quiet: bigint, longest: bigint): bigint => minBig(latest + quiet, since + longest);
