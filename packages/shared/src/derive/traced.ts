import type { FtraceFormat } from '../wire/index.ts';
import type { Filesystem, Volume } from './volume.ts';
import { LearnedXfs } from './xfs/learned.ts';

/** A dev_t with this major is of no device: FUSE, btrfs, overlay and the like. */
const ANONYMOUS = 0;
const MINOR_BITS = 20;

/** What a trace of which only the records are known is of, by the names of its events: one filesystem of its own events, or none. */
export function traced(formats: readonly FtraceFormat[]): {
  filesystem: Filesystem;
  volume: (dev: number, device: () => number) => Volume;
} {
  const own = (['xfs', 'ext4', 'btrfs'] as const).filter((name) => formats.some((format) => format.name.startsWith(`${name}_`))),
    filesystem = own.length === 1 ? own[0]! : 'other';
  return {
    filesystem,
    volume(dev, device) {
      const isAnonymous = dev >>> MINOR_BITS === ANONYMOUS;
      if (filesystem === 'xfs' && !isAnonymous) return new LearnedXfs(dev, device());
      const kind = isAnonymous && filesystem !== 'btrfs' ? 'fuse' : !isAnonymous && filesystem === 'btrfs' ? 'other' : filesystem;
      return {
        dev,
        filesystem: kind,
        device: kind === 'fuse' || kind === 'btrfs' ? 0 : device(),
        blockSize: 0,
        ...(kind !== 'fuse' && { disk: { dev, from: 0n } }),
      };
    },
  };
}
