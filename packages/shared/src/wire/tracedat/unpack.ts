import { type Flaw, flaw } from '../../units/index.ts';

/**
 * Unpacks bytes that have `size` bytes unpacked. What they unpack to may be shorter or longer when they are damaged, and it may throw: `unpack`
 * makes a flaw of both. It must not allocate by what the packed bytes themselves promise.
 */
export type Unpack = (packed: Uint8Array, size: number) => Uint8Array;

/** By the name that a file says. What is not there cannot be read. */
export type Unpackers = Readonly<Partial<Record<'zlib' | 'zstd', Unpack>>>;

/** A section of texts: kallsyms of a large kernel have some 15 MiB. */
export const MAX_SECTION = 64 << 20;
/** trace-cmd packs ten pages at a time. */
export const MAX_CHUNK = 16 << 20;
/** zlib reaches 1032 : 1, ring buffer pages some 10 : 1. With it the work to read a file is bounded by its size. */
const MOST_TO_ONE = 1100;

/** The bytes, or what is wrong with them; `at` is the place of the packed bytes in the file. */
export function unpack(with_: Unpack, packed: Uint8Array, size: number, most: number, at: number): Uint8Array | Flaw {
  const allowed = Math.min(most, packed.length * MOST_TO_ONE);
  if (size > allowed)
    return flaw({ code: 'E_TOO_BIG', at, field: 'unpacked size', found: `${size} bytes of ${packed.length}`, allowed: `${allowed}` });
  let found: string;
  try {
    const bytes = with_(packed, size);
    if (bytes.length === size) return bytes;
    found = `${bytes.length} bytes`;
  } catch (error) {
    found = error instanceof Error ? error.message : String(error);
  }
  return flaw({ code: 'E_UNPACK', at, field: 'packed bytes', found, allowed: `bytes that unpack to ${size}` });
}
