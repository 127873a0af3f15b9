import { U64_MAX } from '../units/index.ts';
import { fmapFileTypes } from './bits-ioctl.ts';
import type { Cursor } from './cursor.ts';
import { Errno } from './errno.ts';
import { famfsFmapHeader, famfsSimpleExt } from './famfs.ts';
import type { Fmap, FmapInterleaved, FmapStrip } from './fmap.ts';
import { textOfChars } from './plain.ts';
import type { Values } from './struct.ts';
import { addBroken, type Rule, rulesOf, type Violation } from './violation.ts';

/** A kernel wants extents and chunks in units of a PMD. Fact: spec/protocol.md 6.2. */
const PMD = 1n << 21n;
const PAGE = 4096;
const source = 'protocol.md 9';

export const fileTypeRules: readonly Rule<Fmap>[] = rulesOf(source, Errno.EINVAL, [
  ['E_FILE_TYPE', 'file_type is 0, 1 or 2', ({ header }) => (fmapFileTypes.has(header.file_type) ? undefined : `${header.file_type}`)],
]);

export const interleavedRules: readonly Rule<FmapInterleaved>[] = rulesOf(source, Errno.EINVAL, [
  ['E_CHUNK_ZERO', 'ie_chunk_size is more than 0', ({ ie_chunk_size }) => (ie_chunk_size === 0 ? '0' : undefined)],
  [
    'E_CHUNK_ALIGN',
    'ie_chunk_size is a multiple of 4096',
    ({ ie_chunk_size }) => (ie_chunk_size % PAGE === 0 ? undefined : `${ie_chunk_size}`),
  ],
  ['E_NBYTES_ZERO', 'ie_nbytes is more than 0', ({ ie_nbytes }) => (ie_nbytes === 0n ? '0' : undefined)],
]);

/** An extent or strip. `total`: bytes of all up to this one. `used`: bytes of the file that it has to hold. */
interface Place {
  readonly strip: FmapStrip;
  readonly total: bigint;
  readonly used: bigint;
}

export const stripRules: readonly Rule<Place>[] = rulesOf(source, Errno.EINVAL, [
  ['E_LEN_ZERO', 'se_len is more than 0', ({ strip }) => (strip.se_len === 0n ? '0' : undefined)],
  [
    'E_RANGE',
    'se_offset + se_len fits a u64',
    ({ strip }) => (strip.se_offset + strip.se_len > U64_MAX ? `0x${(strip.se_offset + strip.se_len).toString(16)}` : undefined),
  ],
  ['E_TOTAL', 'the lengths together fit a u64', ({ total }) => (total > U64_MAX ? `0x${total.toString(16)}` : undefined)],
  [
    'E_STRIP_SHORT',
    'a strip holds all chunks that fall to it; a kernel compares sums only, and does not notice',
    ({ strip, used }) => (used > strip.se_len ? `${strip.se_len} of ${used} bytes` : undefined),
  ],
]);

export const afterRules: readonly Rule<{ readonly extent: FmapInterleaved; readonly total: bigint }>[] = rulesOf(source, Errno.EINVAL, [
  [
    'E_STRIP_SHORT',
    'the strips together hold ie_nbytes',
    ({ extent }) => (extent.ie_nbytes > sum(extent.strips) ? `${sum(extent.strips)} of ${extent.ie_nbytes} bytes` : undefined),
  ],
  ['E_TOTAL', 'the ie_nbytes together fit a u64', ({ total }) => (total > U64_MAX ? `0x${total.toString(16)}` : undefined)],
]);

/** The name of a `fuse_daxdev_out`. */
export const daxdevRules: readonly Rule<Uint8Array>[] = rulesOf('protocol.md 1.3', Errno.EINVAL, [
  ['E_NAME', 'name ends with a NUL within its 256 bytes', (name) => (textOfChars(name) ? undefined : 'none')],
]);

export const coverageRules: readonly Rule<{ readonly size: bigint; readonly bytes: bigint }>[] = rulesOf(source, Errno.EINVAL, [
  ['E_COVERAGE', 'the extents hold the file', ({ size, bytes }) => (size > bytes ? `${bytes} of ${size} bytes` : undefined)],
]);

const sum = (strips: readonly FmapStrip[]): bigint => strips.reduce((total, { se_len }) => total + se_len, 0n);

/** The bytes of strip `k` that the file uses. Fact: spec/protocol.md 3.2. With a chunk of 0, which has been refused, none. */
function usedBytes({ ie_nbytes, ie_chunk_size, ie_nstrips }: FmapInterleaved, k: number): bigint {
  const chunk = BigInt(ie_chunk_size),
    row = chunk * BigInt(ie_nstrips);
  if (row === 0n) return 0n;
  const full = ie_nbytes / row,
    rest = ie_nbytes - full * row - BigInt(k) * chunk;
  return full * chunk + (rest < 0n ? 0n : rest > chunk ? chunk : rest);
}

/** The rules that a decoded map breaks, in the order of the message; the first is what spec/protocol.md 9 calls its code. */
export function checkFmap(fmap: Fmap): Violation[] {
  const out: Violation[] = [];
  let total = 0n,
    bytes = 0n;
  const place = (strip: FmapStrip, used: bigint, side: string): void => {
    total += strip.se_len;
    addBroken(out, stripRules, { strip, total, used }, side);
  };
  addBroken(out, fileTypeRules, fmap, 'header');
  fmap.extents.forEach((extent, i) => {
    if (!('strips' in extent)) {
      place(extent, 0n, `extents[${i}]`);
      bytes += extent.se_len;
      return;
    }
    addBroken(out, interleavedRules, extent, `extents[${i}]`);
    extent.strips.forEach((strip, k) => place(strip, usedBytes(extent, k), `extents[${i}].strips[${k}]`));
    bytes += extent.ie_nbytes;
    addBroken(out, afterRules, { extent, total: bytes }, `extents[${i}]`);
  });
  addBroken(out, coverageRules, { size: fmap.header.file_size, bytes }, 'file_size');
  return out;
}

/** What is accepted and shown, in the order of the message. Fact: spec/protocol.md 9. */
export function warnOfFmap(from: Cursor, fmap: Fmap, start: number): void {
  let at = start;
  const reserved = (row: Values, where: string): void => {
    for (const [name, value] of Object.entries(row))
      if (name.startsWith('reserved') && BigInt(value as number) !== 0n) from.warn('W_RESERVED', `${where}${name}`, String(value), '0', at);
  };
  const strip = (row: FmapStrip, where: string): void => {
    reserved(row, where);
    for (const name of ['se_offset', 'se_len'] as const)
      if (row[name] % PMD !== 0n) from.warn('W_EXT_PMD', `${where}${name}`, `${row[name]}`, 'a multiple of 2 MiB, for a kernel', at);
    if (row.se_devindex > 0) from.warn('W_DEVINDEX', `${where}se_devindex`, `${row.se_devindex}`, '0, for kernels so far', at);
    at += famfsSimpleExt.size;
  };
  reserved(fmap.header, '');
  at += famfsFmapHeader.size;
  fmap.extents.forEach((extent, i) => {
    if (!('strips' in extent)) return strip(extent, `extents[${i}].`);
    const { ie_chunk_size } = extent;
    reserved(extent, `extents[${i}].`);
    if (ie_chunk_size % PAGE === 0 && BigInt(ie_chunk_size) % PMD !== 0n)
      from.warn('W_CHUNK_PMD', `extents[${i}].ie_chunk_size`, `${ie_chunk_size}`, 'a multiple of 2 MiB, for a kernel', at);
    at += famfsSimpleExt.size;
    extent.strips.forEach((one, k) => strip(one, `extents[${i}].strips[${k}].`));
  });
  if (from.left > 0) from.warn('W_TRAILING', 'message', `${from.left} bytes behind its end`, 'none');
}
