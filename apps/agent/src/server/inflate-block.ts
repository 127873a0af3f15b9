import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import type { Inflate } from '@mapscope/shared/trace';

const inflate = promisify(inflateRaw);

/** Raw deflate undone by Node, off this thread. Never makes more bytes than the block says it has. */
export const inflateBlock: Inflate = (bytes, length) => inflate(bytes, { maxOutputLength: Math.max(1, length) });
