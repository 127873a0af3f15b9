import type { Geometry } from './volume.ts';

/** Fractions of its multiples are spread as evenly as can be, however many there are (the golden ratio). */
const SPREAD = 0.618_033_988_749_895;

/** The n-th place to begin on a device: far from the others, the same each time. */
export const homeOf = (n: number, { deviceBlocks, reservedBlocks }: Geometry): number =>
  reservedBlocks + Math.floor((deviceBlocks - reservedBlocks) * ((n * SPREAD) % 1));
