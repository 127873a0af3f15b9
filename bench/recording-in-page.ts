import { inflate } from '../apps/web/src/feed/inflate.ts';
import { type Measured, measureSeeks, type Seeks } from './seeks.ts';

/** Runs in the page, on a file that was dropped on it: read by slices, inflated by the browser. */
export const measure = (file: File, seeks: Seeks): Promise<Measured> =>
  measureSeeks(
    {
      size: file.size,
      read: async (at, length) => new Uint8Array(await file.slice(at, at + length).arrayBuffer()),
    },
    inflate,
    seeks,
  );
