import { type FtraceFormat, numberOf } from '../wire/index.ts';
import type { Filesystem, Volume } from './volume.ts';
import { LearnedXfs } from './xfs/learned.ts';

/** A dev_t with this major is of no device: FUSE, btrfs, overlay and the like. */
const ANONYMOUS = 0;
const MINOR_BITS = 20;

/** Filesystems that have events of their own, which begin with their name. */
const own = ['xfs', 'ext4', 'btrfs'] as const;
type Own = (typeof own)[number];
const ownOf = ({ name }: FtraceFormat): Own | undefined => own.find((filesystem) => name.startsWith(`${filesystem}_`));

/** Records of an event that a filesystem tells of itself. */
export interface OwnEvent {
  readonly filesystem: Own;
  /** dev_t of the filesystem, in a record of `least` bytes or more. */
  readonly dev: (view: DataView, at: number) => number;
  readonly least: number;
}

/** undefined: an event that others have too, or that names its filesystem otherwise (btrfs). */
export function ownEvent(format: FtraceFormat): OwnEvent | undefined {
  const filesystem = ownOf(format),
    dev = numberOf(format, 'dev');
  return filesystem && dev && { filesystem, dev, least: format.least };
}

/**
 * What a trace of which only the records are known is of: the events that it has, and whose own events named which dev_t. Of a device that none named
 * only what is so of all filesystems is told.
 */
export function traced(
  formats: readonly FtraceFormat[],
  owners: ReadonlyMap<number, Filesystem>,
): {
  readonly filesystems: readonly Filesystem[];
  readonly volume: (dev: number, device: () => number) => Volume;
} {
  const hasBtrfs = formats.some((format) => ownOf(format) === 'btrfs'),
    anonymous = hasBtrfs ? 'btrfs' : 'fuse';
  return {
    filesystems: [...new Set([...owners.values(), anonymous, 'fuse', 'other'] as const)],
    volume(dev, device) {
      const isAnonymous = dev >>> MINOR_BITS === ANONYMOUS,
        filesystem = isAnonymous ? anonymous : (owners.get(dev) ?? 'other');
      if (filesystem === 'xfs') return new LearnedXfs(dev, device());
      return {
        dev,
        filesystem,
        device: isAnonymous ? 0 : device(),
        blockSize: 0,
        ...(filesystem !== 'fuse' && { disk: { dev, from: 0n } }),
      };
    },
  };
}
