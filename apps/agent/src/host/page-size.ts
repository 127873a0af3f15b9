import { readFileSync } from 'node:fs';

/** Fact: AT_PAGESZ, getauxval(3); `/proc/self/auxv` is pairs of longs. */
const AT_PAGESZ = 6n;

let known: number | undefined;

/** Bytes of a page of this machine, read once; Node does not say. Every 64-bit kernel here is little-endian. */
export const pageSize = (): number => (known ??= readPageSize());

function readPageSize(): number {
  const auxv = readFileSync('/proc/self/auxv');
  for (let at = 0; at + 16 <= auxv.length; at += 16)
    if (auxv.readBigUInt64LE(at) === AT_PAGESZ) return Number(auxv.readBigUInt64LE(at + 8));
  return 4096;
}
