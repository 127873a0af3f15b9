import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import type { Inflate } from '@mapscope/shared/trace';

const inflate = promisify(inflateRaw);
/** What zlib takes at least. */
const MIN_CHUNK = 64;

/**
 * Raw deflate undone by Node, off this thread. Never makes more bytes than the block says it has; into one buffer of that size, since
 * zlib's own are put together from 16 KiB each.
 */
export const inflateBlock: Inflate = (bytes, length) =>
  inflate(bytes, { maxOutputLength: Math.max(1, length), chunkSize: Math.max(MIN_CHUNK, length) });
