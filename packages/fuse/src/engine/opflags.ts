import { constants } from 'node:fs';
import { OpFlag, type Opcode, WriteFlag } from '@mapscope/shared/wire';

/** Differs by architecture, so it is asked of Node. */
const O_DIRECT = constants.O_DIRECT;

/**
 * Which operation flags a request of a stock kernel stands for (spec/live-facts.md 5). FAULT, NOWAIT, OVERWRITE_ONLY, UNSHARE, ATOMIC,
 * DONTCACHE and DAX never come from one; the engine's own functions take them.
 */
export const opflagsOf = {
  READ: (openFlags: number): number => (openFlags & O_DIRECT ? OpFlag.DIRECT : 0),
  /** CACHE: dirty pages on their way out. Otherwise the write is seen as it is made. */
  WRITE: (openFlags: number, writeFlags: number): number =>
    writeFlags & WriteFlag.CACHE ? OpFlag.WRITEBACK : openFlags & O_DIRECT ? (OpFlag.WRITE | OpFlag.DIRECT) >>> 0 : OpFlag.WRITE,
  /** Of the block that the new size cuts. */
  SETATTR: (): number => OpFlag.ZERO,
  /** Of the blocks that a punched or zeroed range cuts. */
  FALLOCATE: (): number => OpFlag.ZERO,
  LSEEK: (): number => OpFlag.REPORT,
} as const satisfies Partial<Record<keyof typeof Opcode, (...flags: number[]) => number>>;
