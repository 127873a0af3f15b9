import { sayCount, THIN } from './bytes.ts';

/** How offsets and lengths are written: `o` turns it. */
export type Notation = 'dec' | 'hex' | 'blocks';

export const notations: readonly Notation[] = ['dec', 'hex', 'blocks'];

export const nextNotation = (now: Notation): Notation => notations[(notations.indexOf(now) + 1) % notations.length]!;

/** `4 202 496`, `0x402000`, or `1 026 blk` (`1 026 blk +17` inside one). */
export function sayOffset(at: bigint, notation: Notation, blockSize: number): string {
  if (notation === 'dec') return sayCount(at);
  if (notation === 'hex') return `0x${at.toString(16)}`;
  const size = BigInt(blockSize > 0 ? blockSize : 4096),
    rest = at % size;
  return `${sayCount(at / size)} blk${rest === 0n ? '' : ` +${rest}`}`;
}

/** The same as other tools take it: digits alone. Blocks are for people; what is copied of them is bytes. */
export const copyOffset = (at: bigint, notation: Notation): string => (notation === 'hex' ? `0x${at.toString(16)}` : `${at}`);

/** Undo `sayOffset` far enough to compare: thin spaces out. */
export const withoutSpaces = (text: string): string => text.replaceAll(THIN, '');
