import type { Inflate } from '@mapscope/shared/trace';

/** Raw deflate by the browser. Throws on bytes that are none, and on more than were said; `unpackBlock` makes a flaw of that. */
export const inflate: Inflate = async (packed, length) => {
  const out = new Uint8Array(length),
    { readable, writable } = new DecompressionStream('deflate-raw'),
    reader = readable.getReader(),
    writer = writable.getWriter();
  // Not by way of a Blob: its bytes would go to another process and back. What the writer hears of bad bytes the reader hears too.
  void writer.write(packed as Uint8Array<ArrayBuffer>).catch(() => undefined);
  void writer.close().catch(() => undefined);
  let used = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return out.subarray(0, used);
    if (used + value.length > length) {
      await reader.cancel();
      throw new RangeError(`more than ${length} bytes`);
    }
    out.set(value, used);
    used += value.length;
  }
};
