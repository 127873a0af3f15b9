import { bytesOf, type FtraceFormat } from '../wire/index.ts';
import { utf8Text } from '../units/index.ts';

/**
 * `major:minor` of a backing device's name (`0:39`, also `0:39-fuseblk`) as the kernel's dev_t. undefined: it is no such name. writeback events
 * know a device only by that; the disk's own for a filesystem on a partition.
 */
export function devOfBdi(name: string): number | undefined {
  const found = /^(\d{1,4}):(\d{1,7})(?!\d)/.exec(name);
  return found ? Number(found[1]) * 2 ** 20 + Number(found[2]) : undefined;
}

/** Reads the device from the name in a record; 0, which is no device, when it is none. One name is parsed once while it repeats. */
export function readBdi(format: FtraceFormat, field: string): ((view: DataView, at: number, size: number) => number) | undefined {
  const bytes = bytesOf(format, field);
  if (!bytes) return undefined;
  let last = new Uint8Array(0),
    dev = 0;
  return (view, at, size) => {
    const name = bytes(view, at, size);
    if (!isSame(name, last)) {
      last = name.slice();
      const end = last.indexOf(0);
      dev = devOfBdi(utf8Text(end < 0 ? last : last.subarray(0, end))) ?? 0;
    }
    return dev;
  };
}

/** Equal up to the first NUL: what follows it is left from other names. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return false;
    if (a[i] === 0) return true;
  }
  return true;
}
