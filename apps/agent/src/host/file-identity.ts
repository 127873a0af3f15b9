import { fstatSync, readFileSync } from 'node:fs';
import { btrfsTreeOf, generation } from '@mapscope/native';
import type { DeviceNumber } from '@mapscope/shared/units';
import { type MountRow, parseMountTable, superOption } from '@mapscope/shared/wire';
import { refused, type Refused } from './refused.ts';

/** A filesystem, wherever it is mounted. */
export interface Filesystem {
  /** `xfs`, `ext4`, `btrfs`, … */
  readonly type: string;
  /**
   * Of the superblock, as mountinfo and tracepoints (`s_dev`, by `kernelDev`) have it. On btrfs `stat` gives another one, a subvolume's own
   * (spec/live-facts.md 17); without a block device of its own (btrfs, FUSE, tmpfs) the major is 0.
   */
  readonly device: DeviceNumber;
  /** The mount through which the file was found: one of several perhaps. */
  readonly mount: MountRow;
}

/** Which file it is, by whatever name: two bind mounts or hard links of it have one identity, equal inode numbers in two subvolumes have two. */
export interface FileIdentity {
  readonly filesystem: Filesystem;
  /** btrfs: id of the tree (subvolume) that the inode number belongs to. 0 elsewhere. */
  readonly root: bigint;
  readonly ino: bigint;
  /** `i_generation`: another one, and the number was given to another file. null: the filesystem does not say. */
  readonly generation: number | null;
  readonly isRegular: boolean;
  /** st_mode. */
  readonly mode: number;
  /** Bytes. */
  readonly size: bigint;
  /** st_blksize, bytes: what the filesystem likes to be written in. */
  readonly blockSize: number;
}

/**
 * Identities of open files. What filesystem an `st_dev` is on is asked once and kept: begin anew after a change of the mount table, since a number
 * may be given to another filesystem.
 */
export class FileIdentities {
  private readonly filesystems = new Map<bigint, Filesystem>();
  private table: readonly MountRow[] | undefined;

  /**
   * Of an open file, also one opened with O_PATH; of a folder as well. `file` is what a refusal calls it. Throws `Refused`: E_OVERLAY for a file of
   * an overlay, whose events and addresses are those of the layers beneath; E_OTHER_NAMESPACE for one on a mount that is not in our table.
   */
  of(fd: number, file: string): FileIdentity {
    const stat = fstatSync(fd, { bigint: true }),
      filesystem = this.filesystems.get(stat.dev) ?? this.filesystemOf(fd, file);
    this.filesystems.set(stat.dev, filesystem);
    const isBtrfs = filesystem.type === 'btrfs',
      root = isBtrfs ? btrfsTreeOf(fd) : 0n,
      version = generation(fd);
    if (typeof root === 'number')
      throw refused('E_ROOT', `${file} does not say which subvolume it is in (errno ${-root})`, 'Open it for reading.');
    return {
      filesystem,
      root,
      ino: stat.ino,
      generation: version < 0 ? null : version,
      isRegular: stat.isFile(),
      mode: Number(stat.mode),
      size: stat.size,
      blockSize: Number(stat.blksize),
    };
  }

  /** The same of the filesystem alone, which nobody who serves it is asked for: by the id of the mount that the descriptor came through. Source: `mnt_id`, proc_pid_fdinfo(5). */
  filesystemOf(fd: number, file: string): Filesystem {
    const id = Number(/^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1] ?? Number.NaN),
      mount = this.mountOf(id) ?? this.mountOf(id, true);
    if (!mount)
      throw refused(
        'E_OTHER_NAMESPACE',
        `${file} lies on a mount that this process does not see`,
        'Run mapscope in the mount namespace where the file is: nsenter -t PID -m',
      );
    if (mount.type === 'overlay') throw overlaid(file, mount);
    return { type: mount.type, device: { major: mount.major, minor: mount.minor }, mount };
  }

  private mountOf(id: number, isAnew = false): MountRow | undefined {
    if (isAnew || !this.table) this.table = parseMountTable(readFileSync('/proc/self/mountinfo', 'utf8'));
    return this.table.find((row) => row.id === id);
  }
}

function overlaid(file: string, mount: MountRow): Refused {
  const upper = superOption(mount, 'upperdir');
  return refused(
    'E_OVERLAY',
    `${file} lies on an overlay, whose files are those of the layers beneath: events and addresses speak of them, not of it`,
    upper === undefined ? 'Name the file in its layer.' : `Name the file in its layer: ${upper}, when it has been written to.`,
  );
}
