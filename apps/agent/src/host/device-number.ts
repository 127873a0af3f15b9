import { readFileSync, statSync } from 'node:fs';
import { type DeviceNumber, ofStatDev, sayDevice } from '@mapscope/shared/units';

/** `major:minor` of a `st_dev` as Node gives it with `bigint`. */
export const deviceOf = (dev: bigint): string => sayDevice(ofStatDev(dev));

/** The path of a block device, as udev and devtmpfs name it. undefined: there is no node of it here. */
export function blockDeviceOf(device: DeviceNumber): string | undefined {
  try {
    const name = /^DEVNAME=(.+)$/m.exec(readFileSync(`/sys/dev/block/${sayDevice(device)}/uevent`, 'utf8'))?.[1];
    if (name === undefined) return undefined;
    const found = statSync(`/dev/${name}`, { bigint: true });
    return found.isBlockDevice() && deviceOf(found.rdev) === sayDevice(device) ? `/dev/${name}` : undefined;
  } catch {
    return undefined;
  }
}
