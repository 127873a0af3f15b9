import { readFileSync } from 'node:fs';
import type { FindByFsid, FindVolume, Volume } from '@mapscope/shared/derive';
import { kernelDev, sayDevice } from '@mapscope/shared/units';
import { blockDeviceOf, type Filesystem, isAtOrBelow } from '../../host/index.ts';
import { fsidOf, namesOf, volumeOf } from '../../sources/tracefs/index.ts';
import type { Telling } from './telling.ts';

/** A filesystem on which something is watched. */
export interface WatchedVolume {
  readonly filesystem: Filesystem;
  /** The stream's number of what its files are on: never 0, which is the mount that we serve. */
  readonly device: number;
  /** For the deriver. */
  readonly traced: Volume;
  /** btrfs: its identity, 32 hex digits. */
  readonly fsid: string | undefined;
}

/** All but those that are known not to wait for a server. */
export const isServed = ({ traced: { filesystem } }: WatchedVolume): boolean => filesystem === 'fuse' || filesystem === 'other';

/** Sectors of sysfs. */
const SECTOR = 512n;

/** The filesystems that are watched, and the devices that the stream names. */
export class Volumes {
  private readonly tell: Telling;
  private readonly byDev = new Map<number, WatchedVolume>();
  private readonly devices = new Map<string, number>();

  constructor(tell: Telling) {
    this.tell = tell;
  }

  all(): readonly WatchedVolume[] {
    return [...this.byDev.values()];
  }

  /** The volume of a filesystem, introduced when it is met for the first time. `blockSize`: where it is known; otherwise the filesystem is asked. */
  of(filesystem: Filesystem, blockSize?: number): WatchedVolume {
    const dev = kernelDev(filesystem.device),
      known = this.byDev.get(dev);
    if (known) return known;
    const { type, device, mount } = filesystem,
      node = blockDeviceOf(device),
      number = this.deviceNumber(node ?? `${type} at ${mount.path}`, node === undefined ? undefined : sayDevice(device), dev),
      traced = volumeOf(
        {
          type,
          device: sayDevice(device),
          path: mount.path,
          ...(blockSize !== undefined && { blockSize }),
          ...(node !== undefined && { node }),
        },
        number,
      ),
      volume: WatchedVolume = { filesystem, device: number, traced, fsid: type === 'btrfs' ? fsidOf(mount.source) : undefined };
    this.byDev.set(dev, volume);
    return volume;
  }

  /** Whether somebody else may have to answer for what is at this path, and may let us wait. */
  isServed(path: Uint8Array): boolean {
    const text = Buffer.from(path).toString();
    let found: WatchedVolume | undefined;
    for (const volume of this.byDev.values()) {
      const { path: at } = volume.filesystem.mount;
      if (isAtOrBelow(text, at) && at.length >= (found?.filesystem.mount.path.length ?? 0)) found = volume;
    }
    return !found || isServed(found);
  }

  /** It is not mounted any more. */
  leave({ traced }: WatchedVolume): void {
    this.byDev.delete(traced.dev);
  }

  /** For the deriver: by the dev_t of tracepoints, and by that of a backing device where it is of one filesystem alone. */
  readonly traced: FindVolume = (dev) => this.byDev.get(dev)?.traced;
  readonly tracedOfBdi: FindVolume = (bdi) => {
    const found = this.all().filter(({ filesystem }) => namesOf(sayDevice(filesystem.device)).disk === bdi);
    return found.length === 1 ? found[0]!.traced : undefined;
  };

  readonly tracedOfFsid: FindByFsid = (fsid) => this.all().find((volume) => volume.fsid === fsid)?.traced;

  /** The stream's number of a device, by a path that can be opened or a name that says what it is. */
  readonly deviceNumber = (name: string, device = deviceAt(name), dev = 0): number => {
    const known = this.devices.get(name);
    if (known !== undefined) return known;
    const number = this.devices.size + 1;
    this.devices.set(name, number);
    this.tell.device(number, name, device === undefined ? 0n : sizeOf(device), dev);
    return number;
  };
}

/** `major:minor` of a block device with this path. */
function deviceAt(path: string): string | undefined {
  try {
    return readFileSync(`/sys/class/block/${path.replace(/^\/dev\//, '').replaceAll('/', '!')}/dev`, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** Bytes; 0: nobody says. */
function sizeOf(device: string): bigint {
  try {
    return BigInt(readFileSync(`/sys/dev/block/${device}/size`, 'utf8').trim()) * SECTOR;
  } catch {
    return 0n;
  }
}
