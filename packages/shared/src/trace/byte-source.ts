/** Bytes at places: a file, a Blob, a buffer. `read` gives fewer bytes only at the end. */
export interface ByteSource {
  readonly size: number;
  read(at: number, length: number): Promise<Uint8Array> | Uint8Array;
}

/** Of bytes that are here already. */
export const sourceOf = (bytes: Uint8Array): ByteSource => ({ size: bytes.length, read: (at, length) => bytes.subarray(at, at + length) });
