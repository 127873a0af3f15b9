/** How offsets are written; `o` turns them. Copied numbers are plain, so that other tools take them. */
export type Notation = 'dec' | 'hex' | 'blocks';

const THIN = '\u2009';
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const;

/** 4 202 496, with thin spaces. */
export const grouped = (n: bigint): string => n.toString().replace(/\B(?=(\d{3})+$)/g, THIN);

/** An offset in the chosen notation: `4 202 496`, `0x402000`, `1 026 blk`; an offset inside a block keeps its bytes (`1 026 blk +12`). */
export function sayOffset(at: bigint, notation: Notation, blockSize = 4096): string {
  if (notation === 'hex') return `0x${at.toString(16)}`;
  if (notation === 'dec') return grouped(at);
  const size = BigInt(Math.max(1, blockSize)),
    rest = at % size;
  return `${grouped(at / size)} blk${rest === 0n ? '' : ` +${rest}`}`;
}

/** Bytes that are known, and of `unknown` more it is not: `≥ 28 KiB`. */
export const sayAtLeast = (n: bigint, unknown: bigint): string => `${unknown > 0n ? '≥ ' : ''}${sayBytes(n)}`;

/** Three figures with a unit: `28 KiB`, `5.75 MiB`, `0 B`. Whole where it is whole; never rounded up to the next unit's 1024. */
export function sayBytes(n: bigint): string {
  let unit = 0,
    scale = 1n;
  while (unit < UNITS.length - 1 && n >= scale * 1024n) {
    scale *= 1024n;
    unit++;
  }
  if (n % scale === 0n) return `${n / scale} ${UNITS[unit]}`;
  const hundredths = (n * 100n) / scale,
    whole = hundredths / 100n;
  if (whole >= 100n) return `${whole} ${UNITS[unit]}`;
  const digits = whole >= 10n ? 1 : 2,
    cut = digits === 1 ? hundredths / 10n : hundredths,
    base = digits === 1 ? 10n : 100n;
  return `${cut / base}.${(cut % base).toString().padStart(digits, '0')} ${UNITS[unit]}`;
}

/** A tick's words: below 1 MiB steps the MiB is bold and the rest relative to it; `isWhole` says both. */
export function sayTick(
  at: bigint,
  step: bigint,
  notation: Notation,
  blockSize: number,
  isWhole = false,
): { readonly text: string; readonly isBold: boolean } {
  const mebi = 1n << 20n;
  if (notation !== 'dec') return { text: sayOffset(at, notation, blockSize), isBold: false };
  if (at === 0n) return { text: '0', isBold: false };
  // Three figures do not tell neighbours apart that are less than a KiB away from each other.
  if (step < 1024n) return { text: grouped(at), isBold: false };
  if (step >= mebi || at < mebi) return { text: sayBytes(at), isBold: false };
  const rest = at % mebi,
    relative = `+${sayBytes(rest)}`;
  if (rest === 0n) return { text: sayBytes(at), isBold: true };
  return { text: isWhole ? `${sayBytes(at - rest)} ${relative}` : relative, isBold: false };
}
