import { closeSync, openSync, readFileSync, readSync, statfsSync } from 'node:fs';
import { devOfBdi, type Filesystem, type Volume, XFS_SUPERBLOCK, xfsGeometry } from '@mapscope/shared/derive';
import { isFlaw } from '@mapscope/shared/units';
import { namesOf } from './device.ts';

/** A mount as mountinfo has it. */
export interface MountedVolume {
  /** Filesystem type: `xfs`. */
  readonly type: string;
  /** `major:minor`. */
  readonly device: string;
  /** Any path on it. */
  readonly path: string;
  /** The block device that it lies on, if it can be opened. */
  readonly node?: string;
  /** Bytes, as statfs(2) says; asked for where it is left out. */
  readonly blockSize?: number;
}

const known: Readonly<Record<string, Filesystem>> = { xfs: 'xfs', ext4: 'ext4', btrfs: 'btrfs', fuse: 'fuse', fuseblk: 'fuse' };
/** By the type in mountinfo. A server may have given its filesystem a name of its own: `fuse.sshfs`. Source: proc_pid_mountinfo(5). */
export const filesystemOf = (type: string): Filesystem => known[type.split('.', 1)[0]!] ?? 'other';

/** sysfs counts in sectors of 512 bytes. */
const SECTOR = 512n;

/** What the deriver must know of a mounted filesystem. `device`: the stream's number of the device it lies on. What cannot be found out stays unknown. */
export function volumeOf({ type, device, path, node, blockSize }: MountedVolume, number: number): Volume {
  const { dev, disk } = namesOf(device),
    filesystem = filesystemOf(type),
    from = startOf(device),
    geometry = filesystem === 'xfs' && node !== undefined ? geometryOf(node) : undefined;
  return {
    dev,
    filesystem,
    // btrfs counts in addresses of its own.
    device: filesystem === 'btrfs' ? 0 : number,
    blockSize: geometry?.blockSize ?? blockSize ?? statfsSync(path).bsize,
    ...(geometry && { groups: geometry.groups }),
    ...(from !== undefined && filesystem !== 'btrfs' && { disk: { dev: disk, from } }),
    sharesBdi: disk !== dev && devOfBdi(device) !== undefined,
  };
}

/** Where on its disk a block device begins, bytes; undefined: it is none. */
function startOf(device: string): bigint | undefined {
  const block = `/sys/dev/block/${device}`;
  try {
    return BigInt(readFileSync(`${block}/start`, 'utf8').trim()) * SECTOR;
  } catch {
    try {
      readFileSync(`${block}/size`);
      return 0n;
    } catch {
      return undefined;
    }
  }
}

function geometryOf(node: string): ReturnType<typeof found> {
  let fd: number;
  try {
    fd = openSync(node, 'r');
  } catch {
    return undefined;
  }
  try {
    return found(fd);
  } finally {
    closeSync(fd);
  }
}

function found(fd: number) {
  const bytes = new Uint8Array(XFS_SUPERBLOCK);
  readSync(fd, bytes, 0, bytes.length, 0);
  const geometry = xfsGeometry(bytes);
  return isFlaw(geometry) ? undefined : geometry;
}
