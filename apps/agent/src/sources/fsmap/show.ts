import { closeSync, statSync } from 'node:fs';
import { ofStatDev, ofUserDev, sayDevice, utf8Text } from '@mapscope/shared/units';
import { FsmapFlag, type FsmapColumns, fsmapFlags, fsmapOwnerName } from '@mapscope/shared/wire';
import { blockDeviceOf, FileIdentities, inodePaths, mountOfDevice, openToAsk, refused, type WalkLimits } from '../../host/index.ts';
import { spaceMapOf } from './pages.ts';

/** What `mapscope fsmap PATH --json` prints; numbers of 64 bits are decimal strings (docs/maps.md). */
export interface ShownSpace {
  readonly filesystem: string;
  /** `major:minor` of the superblock, as in mountinfo. */
  readonly device: string;
  readonly mount: string;
  readonly records: readonly ShownOwner[];
  /** Bytes by owner, largest first; what several files share is counted for each. */
  readonly totals: readonly { readonly owner: string; readonly bytes: string; readonly records: number }[];
  /** What a reader should know, a sentence each. */
  readonly notes: readonly string[];
}

export interface ShownOwner {
  /** A path that can be opened, or `major:minor` where there is no node of it. */
  readonly device: string;
  /** Bytes on it. */
  readonly physical: string;
  readonly length: string;
  /** `INODE`, or a name of `fsmapOwners`. */
  readonly owner: string;
  readonly ino: string | null;
  /** Where it begins in the file, bytes. */
  readonly offset: string | null;
  /** Names of `fsmapFlags`. */
  readonly flags: readonly string[];
  /** One of the names of the inode; null: none was found, or was looked for. */
  readonly path: string | null;
}

export interface SpaceOptions extends WalkLimits {
  /** Look for the names of inodes. */
  readonly paths?: boolean;
  readonly most?: number;
}

/** Records that are shown: their JSON is some 200 MB. */
const MOST = 1 << 20;

/** Who owns the space of the filesystem that a path lies on. Throws `Refused`. */
export async function showSpace(named: string, { paths = false, most = MOST, ...limits }: SpaceOptions = {}): Promise<ShownSpace> {
  const { fd, path } = await openPlace(named);
  try {
    const { filesystem } = new FileIdentities().of(fd, path),
      { records, isWhole } = await spaceMapOf(fd, { most, file: path }),
      { mount, type, device } = filesystem,
      inodes = inodesOf(records),
      found = paths ? await inodePaths(mount.path, inodes, limits) : undefined,
      notes = [
        ...(isWhole ? [] : [`It has more than ${most} records: those behind them are left out.`]),
        ...(inodes.size > 0 ? [] : [whyNoInodes(type)]),
        ...(found && !found.isWhole && found.paths.size < inodes.size
          ? ['Not all names were looked at: an inode without a path may have one.']
          : []),
      ];
    return {
      filesystem: type,
      device: sayDevice(device),
      mount: mount.path,
      records: shownRecords(records, (ino) => {
        const name = found?.paths.get(ino);
        return name === undefined ? null : `${mount.path === '/' ? '' : mount.path}/${utf8Text(name)}`;
      }),
      totals: totalsOf(records),
      notes,
    };
  } finally {
    closeSync(fd);
  }
}

/** A filesystem is asked where it is mounted, also by who names its device. */
async function openPlace(path: string): Promise<{ readonly fd: number; readonly path: string }> {
  // Not opened: that may be forbidden where its mount may be asked.
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (!found?.isBlockDevice()) return { fd: openToAsk(path), path };
  const mount = await mountOfDevice(ofStatDev(found.rdev));
  if (!mount) throw refused('E_NOT_MOUNTED', `${path} is not mounted`, 'Mount it, or name a file or folder of a filesystem that is');
  return { fd: openToAsk(mount.path), path: mount.path };
}

const isSpecial = (flags: number): boolean => (flags & FsmapFlag.SPECIAL_OWNER) !== 0;

function inodesOf({ count, flags, owner }: FsmapColumns): Set<bigint> {
  const inodes = new Set<bigint>();
  for (let i = 0; i < count; i++) if (!isSpecial(flags[i]!)) inodes.add(owner[i]!);
  return inodes;
}

/** Fact: spec/protocol.md 7.3. */
const whyNoInodes = (type: string): string => {
  if (type !== 'xfs') return `No owner is told: ${type} keeps no reverse map. \`mapscope show FILE\` says where a file is.`;
  return process.getuid?.() === 0
    ? 'No owner is told: this XFS keeps no reverse map, or has no files. One that does is made by mkfs.xfs -m rmapbt=1.'
    : 'No owner is told: that takes CAP_SYS_ADMIN. Run it as root: sudo npx mapscope fsmap PATH';
};

function shownRecords(
  { count, device, flags, physical, owner, offset, length }: FsmapColumns,
  pathOf: (ino: bigint) => string | null,
): ShownOwner[] {
  const devices = new Map<number, string>();
  const deviceOf = (dev: number): string => {
    const known = devices.get(dev) ?? blockDeviceOf(ofUserDev(dev)) ?? sayDevice(ofUserDev(dev));
    devices.set(dev, known);
    return known;
  };
  return Array.from({ length: count }, (_, i): ShownOwner => {
    const special = isSpecial(flags[i]!);
    return {
      device: deviceOf(device[i]!),
      physical: String(physical[i]),
      length: String(length[i]),
      owner: special ? fsmapOwnerName(owner[i]!) : 'INODE',
      ino: special ? null : String(owner[i]),
      offset: special ? null : String(offset[i]),
      flags: fsmapFlags.names(flags[i]!),
      path: special ? null : pathOf(owner[i]!),
    };
  });
}

function totalsOf({ count, flags, owner, length }: FsmapColumns): ShownSpace['totals'] {
  const sums = new Map<string, { bytes: bigint; records: number }>();
  for (let i = 0; i < count; i++) {
    const name = isSpecial(flags[i]!) ? fsmapOwnerName(owner[i]!) : 'INODE',
      sum = sums.get(name) ?? { bytes: 0n, records: 0 };
    sum.bytes += length[i]!;
    sum.records++;
    sums.set(name, sum);
  }
  return [...sums]
    .sort(([, a], [, b]) => (a.bytes < b.bytes ? 1 : a.bytes > b.bytes ? -1 : 0))
    .map(([owner, { bytes, records }]) => ({ owner, bytes: String(bytes), records }));
}
