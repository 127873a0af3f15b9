import { measureWrites, type Writes } from './one-write.ts';
import { measureReducing, type Rates } from './reducing.ts';

/* Runs in the page: frames and lines are files that were dropped on it. */

export const reducing = async (frames: File, lines: File): Promise<Rates> =>
  measureReducing(new Uint8Array(await frames.arrayBuffer()), await lines.text());

export const writes = (): Promise<Writes> => measureWrites();
