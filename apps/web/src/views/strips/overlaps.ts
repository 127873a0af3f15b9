import { NO_ADDR } from '@mapscope/shared/trace';
import { sayBytes } from '../../axis/index.ts';
import type { FileWindow, StripOverlap } from '../../feed/window.ts';
import type { Cell, Grid } from './scene.ts';

/** Overlaps as one strip of them has them: which other strip, and where. */
interface Clash {
  readonly strip: number;
  readonly other: string;
  readonly device: number;
  readonly addr: bigint;
  readonly length: bigint;
}

/** `Strips 0 and 1 both have 4 KiB of img0 at 6 MiB.`: a byte there is two bytes of the file. */
export function sayOverlap(
  { first, second, device, addr, length }: StripOverlap,
  { layouts }: Pick<FileWindow, 'layouts'>,
  nameOf: (device: number) => string,
): string {
  const both = layouts.length > 1 ? `${inFull(first)} and ${inFull(second)}` : `Strips ${first.strip} and ${second.strip}`;
  return `${both} both have ${sayBytes(length)} of ${nameOf(device)} at ${sayBytes(addr)}.`;
}

const inFull = ({ extent, strip }: StripOverlap['first']): string => `Strip ${strip} of extent ${extent}`;

/** The grid with its flaws said: a strip that overlaps another, and which of its cells do. */
export function markOverlaps(grid: Grid, { layouts, overlaps }: FileWindow, index: number, chunkSize: bigint): Grid {
  const clashes = overlaps.flatMap(({ first, second, ...where }) =>
    [
      { mine: first, others: second },
      { mine: second, others: first },
    ].flatMap(({ mine, others }): Clash[] =>
      layouts[mine.extent]?.index === index
        ? [{ strip: mine.strip, other: layouts.length > 1 ? inFull(others).toLowerCase() : `strip ${others.strip}`, ...where }]
        : [],
    ),
  );
  if (clashes.length === 0) return grid;
  const isOverlapped = ({ strip, addr, rows }: Cell): boolean =>
    addr !== NO_ADDR && clashes.some((it) => it.strip === strip && addr < it.addr + it.length && it.addr < addr + rows * chunkSize);
  return {
    ...grid,
    heads: grid.heads.map((head) => {
      const clash = clashes.find(({ strip }) => strip === head.strip);
      return clash && head.flaw === undefined ? { ...head, flaw: `overlaps ${clash.other}` } : head;
    }),
    cells: grid.cells.map((cell) => (isOverlapped(cell) ? { ...cell, isOverlapped: true } : cell)),
  };
}
