import { inflateSync } from 'node:zlib';
import type { Unpack, Unpackers } from '@mapscope/shared/wire';

/**
 * What unpacks a trace.dat. Node has zstd since 22.15 only, so it is the reference decoder as WebAssembly: it stays in its own memory whatever the
 * bytes are, and takes room by the size it is told, not by what they promise. It is made ready where `compression` says so: that takes 50 ms.
 */
export async function openUnpackers(compression: string | undefined): Promise<Unpackers> {
  const zlib: Unpack = (packed, size) => inflateSync(packed, { maxOutputLength: Math.max(1, size) });
  if (compression !== 'zstd') return { zlib };
  const { ZSTDDecoder } = await import('zstddec'),
    decoder = new ZSTDDecoder();
  await decoder.init();
  return { zlib, zstd: (packed, size) => decoder.decode(packed, size) };
}
