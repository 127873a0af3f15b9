import { promisify } from 'node:util';
import { constants, deflateRaw } from 'node:zlib';
import type { Packers } from '@mapscope/shared/trace';

const deflate = promisify(deflateRaw);
/** A recording is written while what it tells of happens: the fastest. */
const LEVEL = 1;

/** Raw deflate by Node, off this thread. */
export const packBlock: Packers<Promise<Uint8Array>> = {
  deflate: (bytes) => deflate(bytes, { level: LEVEL }),
  deflatePart: (bytes) => deflate(bytes, { level: LEVEL, finishFlush: constants.Z_SYNC_FLUSH }),
};
