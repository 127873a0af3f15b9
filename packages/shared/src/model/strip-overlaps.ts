import { compareBig, minBig } from '../units/index.ts';
import type { Striped } from './stripes.ts';

/** One of the strips of a layout, by its indices. */
export interface StripOf {
  readonly extent: number;
  readonly strip: number;
}

/** Bytes of a device that two strips have: an error of the layout, by which a byte of the device is two bytes of the file. */
export interface StripOverlap {
  readonly first: StripOf;
  readonly second: StripOf;
  readonly device: number;
  readonly addr: bigint;
  readonly length: bigint;
}

/** More than this nobody reads, and hostile layouts have half a million. */
const MOST = 64;

/** Where strips of one file overlap, by device and address; the first 64. */
export function overlappingStrips(layouts: readonly Striped[]): StripOverlap[] {
  const all = layouts.flatMap(({ strips }, extent) =>
    strips.flatMap((it, strip) => (it && it.length > 0n ? [{ ...it, at: { extent, strip } }] : [])),
  );
  all.sort((a, b) => a.device - b.device || compareBig(a.addr, b.addr));
  const out: StripOverlap[] = [];
  all.forEach((first, k) => {
    const end = first.addr + first.length;
    for (let j = k + 1; j < all.length && out.length < MOST; j++) {
      const second = all[j]!;
      if (second.device !== first.device || second.addr >= end) break;
      const length = minBig(end, second.addr + second.length) - second.addr;
      out.push({ first: first.at, second: second.at, device: first.device, addr: second.addr, length });
    }
  });
  return out;
}
