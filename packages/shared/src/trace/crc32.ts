/**
 * CRC-32 as zlib, gzip and PNG have it (reflected polynomial 0xedb88320). Four bytes a step: one would take as long as inflating them. Those that are left over go first: behind
 * the loop, where most calls do not come by, V8 compiled them without having seen any, and gave the loop up again at each call that had some.
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  const odd = bytes.length % 4;
  let crc = ~before;
  for (let i = 0; i < odd; i++) crc = table[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  for (let i = odd; i < bytes.length; i += 4) {
    const word = crc ^ (bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
    crc =
      table[0x300 | (word & 0xff)]! ^ table[0x200 | ((word >>> 8) & 0xff)]! ^ table[0x100 | ((word >>> 16) & 0xff)]! ^ table[word >>> 24]!;
  }
  return ~crc >>> 0;
}

/** What a byte does to the sum; behind it what it does with one, two and three more bytes after it. */
const table = new Uint32Array(4 * 256);
for (let n = 0; n < 256; n++) {
  let crc = n;
  for (let k = 0; k < 8; k++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  table[n] = crc;
}
for (let n = 256; n < table.length; n++) table[n] = (table[n - 256]! >>> 8) ^ table[table[n - 256]! & 0xff]!;
