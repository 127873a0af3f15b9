import type { Inflate } from '@mapscope/shared/trace';

/** Raw deflate by the browser. Throws on bytes that are none; `unpackBlock` makes a flaw of that. */
export const inflate: Inflate = async (packed) => {
  const stream = new Blob([packed as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};
