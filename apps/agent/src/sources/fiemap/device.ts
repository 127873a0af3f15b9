import { readFileSync, statSync } from 'node:fs';
import { deviceOf } from '../../host/index.ts';

/**
 * The path of the block device that a filesystem with this `st_dev` sits on, if the addresses of its FIEMAP are places there. undefined: it has no
 * device of its own (btrfs, overlay: their addresses are logical), its data may be on a second one (XFS with a realtime device), or the path is not there.
 */
export function blockDeviceOf(dev: bigint): string | undefined {
  const device = deviceOf(dev);
  if (device.startsWith('0:') || hasSecondDevice(device)) return undefined;
  try {
    const name = /^DEVNAME=(.+)$/m.exec(readFileSync(`/sys/dev/block/${device}/uevent`, 'utf8'))?.[1];
    if (name === undefined) return undefined;
    const found = statSync(`/dev/${name}`, { bigint: true });
    return found.isBlockDevice() && found.rdev === dev ? `/dev/${name}` : undefined;
  } catch {
    return undefined;
  }
}

/** FIEMAP does not say which of two devices it means. Fact: xfs(5), mount option rtdev. */
function hasSecondDevice(device: string): boolean {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .some((line) => line.split(' ')[2] === device && /[ ,]rtdev=/.test(line));
}
