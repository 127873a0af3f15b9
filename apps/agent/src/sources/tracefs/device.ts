import { existsSync, readFileSync } from 'node:fs';
import { devOfBdi } from '@mapscope/shared/derive';
import type { DeviceNames } from './filter.ts';

/** `device` is `major:minor` as in mountinfo. */
export function namesOf(device: string): DeviceNames {
  const disk = diskOf(device);
  return { dev: devOfBdi(device) ?? 0, bdi: disk, disk: devOfBdi(disk) ?? 0 };
}

/** A partition has no backing device of its own: its disk's is one folder up in sysfs. */
function diskOf(device: string): string {
  const block = `/sys/dev/block/${device}`;
  if (!existsSync(`${block}/partition`)) return device;
  try {
    return readFileSync(`${block}/../dev`, 'utf8').trim();
  } catch {
    return device;
  }
}
