import { FolioState, type Frame, heapOf, Kind } from '../trace/index.ts';
import { isFlaw } from '../units/index.ts';
import {
  checkSeekAnswer,
  checkWriteAnswer,
  inHeader,
  lseekIn,
  lseekOut,
  Opcode,
  outHeader,
  sayViolation,
  type Violation,
  writeIn,
  writeOut,
} from '../wire/index.ts';
import { addHole, fillHole, type Holes } from './holes.ts';

/** A rule that an answer broke, as its row says it. */
export interface AnswerViolation {
  readonly op: number;
  readonly inode: number;
  readonly offset: bigint;
  readonly text: string;
}

/** Given the answer: what it breaks. `undefined` for one that failed in another way than the rules are about. */
interface Asked {
  readonly inode: number;
  readonly offset: bigint;
  readonly judge: (error: number, body: Uint8Array) => readonly Violation[];
}

const ENXIO = 6;
/** Requests whose answer is awaited, and pieces of a file that are known to be dirty: past them less is claimed. */
const MOST_AWAITED = 4096;
const MOST_PIECES = 4096;
const nothing: readonly Violation[] = [];

/**
 * Judges answers by what else was seen: the request, and what of the file was dirty in the page cache when the answer came. Rows come in
 * order of time, those of the messages and those of the cache.
 */
export class Answers {
  private readonly dirty = new Map<number, Holes>();
  private readonly awaited = new Map<number, Asked>();
  private readonly pageSize: bigint;

  constructor(pageSize: number) {
    this.pageSize = BigInt(pageSize);
  }

  /** What the answers in this frame break. */
  take(frame: Frame): AnswerViolation[] {
    const out: AnswerViolation[] = [];
    for (let i = 0; i < frame.count; i++)
      switch (frame.kind[i]) {
        case Kind.folio:
          this.folio(frame, i);
          break;
        case Kind.message:
          this.message(frame, i, out);
          break;
        case Kind.inodeGone:
          this.dirty.delete(frame.inode[i]!);
          break;
        case Kind.lost:
          this.dirty.clear();
          break;
        default:
      }
    return out;
  }

  private folio(frame: Frame, i: number): void {
    const inode = frame.inode[i]!,
      from = frame.offset[i]!,
      to = from + frame.length[i]!,
      state = frame.type[i];
    if (state === FolioState.dirty || state === FolioState.folioDirty) {
      const pieces = this.dirty.get(inode) ?? [];
      addHole(pieces, from, to);
      if (pieces.length > MOST_PIECES) this.dirty.delete(inode);
      else this.dirty.set(inode, pieces);
      return;
    }
    // The end of a writeback says nothing of what was written over meanwhile.
    if (state === FolioState.added || state === FolioState.uptodate || (state === FolioState.clean && frame.parent[i] !== 0)) return;
    const pieces = this.dirty.get(inode);
    if (pieces) fillHole(pieces, from, to);
  }

  private message(frame: Frame, i: number, out: AnswerViolation[]): void {
    const opcode = frame.flags[i],
      op = frame.op[i]!;
    if (opcode !== Opcode.LSEEK && opcode !== Opcode.WRITE) return;
    const bytes = heapOf(frame, i);
    if (frame.role[i] === 1) {
      const asked = opcode === Opcode.LSEEK ? this.seek(frame.inode[i]!, bytes) : written(frame.inode[i]!, bytes);
      if (asked) this.awaited.set(op, asked);
      if (this.awaited.size > MOST_AWAITED) this.awaited.delete(this.awaited.keys().next().value!);
      return;
    }
    const asked = this.awaited.get(op),
      header = outHeader.read(bytes);
    this.awaited.delete(op);
    if (!asked || isFlaw(header)) return;
    for (const violation of asked.judge(header.error, bytes.subarray(outHeader.size)))
      out.push({ op, inode: asked.inode, offset: asked.offset, text: sayViolation(violation) });
  }

  private seek(inode: number, bytes: Uint8Array): Asked | undefined {
    const args = lseekIn.read(bytes, inHeader.size);
    if (isFlaw(args)) return undefined;
    const { whence, offset } = args,
      firstDirty = (from: bigint, to: bigint): bigint | undefined => firstIn(this.dirty.get(inode) ?? [], from, to);
    return {
      inode,
      offset,
      judge: (error, body) => {
        const answer = error === 0 ? lseekOut.read(body) : undefined;
        if ((error !== 0 && error !== -ENXIO) || isFlaw(answer)) return nothing;
        return checkSeekAnswer({ whence, offset, found: answer?.offset, pageSize: this.pageSize, firstDirty });
      },
    };
  }
}

function written(inode: number, bytes: Uint8Array): Asked | undefined {
  const args = writeIn.read(bytes, inHeader.size);
  if (isFlaw(args)) return undefined;
  return {
    inode,
    offset: args.offset,
    judge: (error, body) => {
      const answer = writeOut.read(body);
      return error !== 0 || isFlaw(answer)
        ? nothing
        : checkWriteAnswer({ writeFlags: args.write_flags, size: args.size, written: answer.size });
    },
  };
}

/** The first byte of the pieces in [from, to). */
function firstIn(pieces: Holes, from: bigint, to: bigint): bigint | undefined {
  for (const [start, end] of pieces) if (end > from && start < to) return start > from ? start : from;
  return undefined;
}
