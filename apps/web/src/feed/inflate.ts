import type { Inflate } from '@mapscope/shared/trace';

/** Raw deflate by the browser. Throws on bytes that are none, and on more than were said; `unpackBlock` makes a flaw of that. */
export const inflate: Inflate = async (packed, length) => {
  const out = new Uint8Array(length),
    reader = new Blob([packed as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
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
