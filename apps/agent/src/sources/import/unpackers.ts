import { inflateSync } from 'node:zlib';
import type { Unpackers } from '@mapscope/shared/wire';
import { ZSTDDecoder } from 'zstddec';

/**
 * What unpacks a trace.dat. Node has zstd since 22.15 only, so it is the reference decoder as WebAssembly: it stays in its own memory whatever the
 * bytes are, and takes room by the size it is told, not by what they promise.
 */
export async function openUnpackers(): Promise<Unpackers> {
  const decoder = new ZSTDDecoder();
  await decoder.init();
  return {
    zlib: (packed, size) => inflateSync(packed, { maxOutputLength: Math.max(1, size) }),
    zstd: (packed, size) => decoder.decode(packed, size),
  };
}
