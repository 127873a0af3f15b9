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
  const bytes = bytesOf(format, field),
    named = format.fields.get(field);
  if (!bytes || !named) return undefined;
  // Where the bytes are in the record itself they are compared there: to make an array of them takes longer than all the rest.
  const inPlace = named.form === 'array' ? named.offset : undefined;
  let last = new Uint8Array(0),
    dev = 0;
  return (view, at, size) => {
    if (inPlace !== undefined && isThere(last, view, at + inPlace)) return dev;
    const name = bytes(view, at, size),
      end = name.indexOf(0);
    dev = devOfBdi(utf8Text(end < 0 ? name : name.subarray(0, end))) ?? 0;
    // A name without an end is as long as its room: what is not the same up to there is parsed again.
    last = name.slice(0, end + 1);
    return dev;
  };
}

/** Whether a name, its NUL included, is at `at`: what follows it is left from other names. Nothing is nowhere. */
function isThere(name: Uint8Array, view: DataView, at: number): boolean {
  for (let i = 0; i < name.length; i++) if (view.getUint8(at + i) !== name[i]) return false;
  return name.length > 0;
}
