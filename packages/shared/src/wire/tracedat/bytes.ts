/** A file that is read where somebody asks, so that it may be larger than memory. */
export interface FileBytes {
  readonly size: number;
  /**
   * The bytes from `at` on: `length` of them, fewer at the end of the file, none past it. A view that stays as it is, unless there is `room` for them:
   * then it may be a part of that.
   */
  read(at: number, length: number, room?: Uint8Array): Uint8Array;
}

/** A file that is in memory as a whole. */
export const inMemory = (bytes: Uint8Array): FileBytes => ({
  size: bytes.length,
  read: (at, length) => bytes.subarray(Math.max(0, at), Math.max(0, at + length)),
});

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
