import { closeSync, constants, openSync } from 'node:fs';
import { alignedBuffer, pread } from '@mapscope/native';
import { minBig } from '@mapscope/shared/units';
import type { PlacedBytes } from '@mapscope/shared/verify';

/** What was read of a file and of its device, and where the two are not the same. */
export interface BytesRead {
  /** Bytes of the file that were compared: what could not be read was not. */
  readonly compared: bigint;
  readonly differences: readonly PlacedBytes[];
}

export const nothingRead: BytesRead = { compared: 0n, differences: [] };

/** Bytes that are read at once, a multiple of every block. */
const CHUNK = 1 << 20;
/** Bytes of a file that are compared at most: some tenths of a second. */
const MOST = 256n << 20n;
/** O_DIRECT wants whole sectors of the device; the largest that there are. */
const SECTOR = 4096;

/**
 * Reads what `places` names of an open file out of its page cache and, past all caches, of the device, and says where they differ. Of a device that is not
 * among `devices`, that cannot be opened or read, nothing is compared.
 */
export function compareWithDevice(fd: number, places: readonly PlacedBytes[], devices: ReadonlySet<string>): BytesRead {
  // Buffers are dear where there is nothing to read.
  if (places.length === 0) return nothingRead;
  const open = new Map<string, number | undefined>(),
    [ofFile, ofDevice] = [alignedBuffer(CHUNK), alignedBuffer(CHUNK + 2 * SECTOR)],
    differences: PlacedBytes[] = [];
  let compared = 0n;
  try {
    for (const place of places) {
      if (!open.has(place.device)) open.set(place.device, devices.has(place.device) ? opened(place.device) : undefined);
      const device = open.get(place.device);
      if (device === undefined) continue;
      for (let at = place.from; at < place.to && compared < MOST; at += BigInt(CHUNK)) {
        const length = Number(minBig(place.to - at, BigInt(CHUNK))),
          addr = place.addr + (at - place.from),
          past = Number(addr % BigInt(SECTOR)),
          room = Math.ceil((past + length) / SECTOR) * SECTOR;
        if (pread(fd, ofFile, 0, length, at) !== length || pread(device, ofDevice, 0, room, addr - BigInt(past)) < past + length) continue;
        compared += BigInt(length);
        const other = differingPart(ofFile.subarray(0, length), ofDevice.subarray(past, past + length));
        if (other) differences.push({ ...place, from: at + other[0], to: at + other[1], addr: addr + other[0] });
      }
    }
  } finally {
    for (const device of open.values()) if (device !== undefined) closeSync(device);
  }
  return { compared, differences };
}

/** From the first byte that is another one to behind the last; undefined: all are the same. */
function differingPart(a: Uint8Array, b: Uint8Array): readonly [bigint, bigint] | undefined {
  if (Buffer.compare(a, b) === 0) return undefined;
  let from = 0,
    to = a.length;
  while (a[from] === b[from]) from++;
  while (a[to - 1] === b[to - 1]) to--;
  return [BigInt(from), BigInt(to)];
}

function opened(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECT);
  } catch {
    // Only root may read devices.
    return undefined;
  }
}
