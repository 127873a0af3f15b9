import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';

const BTRFS = '/sys/fs/btrfs';

/** What events of the btrfs on this device call it, 32 hexadecimal digits; undefined: there is none. Fact: sysfs-fs-btrfs, `devices`. */
export function fsidOf(source: string): string | undefined {
  try {
    const device = basename(realpathSync(source));
    return readdirSync(BTRFS)
      .find((name) => existsSync(`${BTRFS}/${name}/devices/${device}`))
      ?.replaceAll('-', '');
  } catch {
    return undefined;
  }
}
