import { closeSync, fstatSync, statfsSync } from 'node:fs';
import { ceilTo, sayDevice } from '@mapscope/shared/units';
import { FileIdentities, type FileIdentity, openToAsk, refused } from '../../host/index.ts';
import { addressingOf } from './addressing.ts';
import { mapOf } from './pages.ts';
import { Ranges, type ShownRange } from './ranges.ts';

/** What `mapscope show FILE --json` prints; numbers of 64 bits are decimal strings (docs/maps.md). */
export interface ShownFile {
  readonly file: string;
  /** Bytes. */
  readonly size: string;
  readonly identity: ShownIdentity;
  readonly extents: readonly ShownRange[];
  readonly layouts: readonly never[];
  /** What a reader should know, a sentence each. */
  readonly notes: readonly string[];
}

export interface ShownIdentity {
  readonly filesystem: string;
  /** `major:minor` of the superblock, as in mountinfo. */
  readonly device: string;
  /** btrfs: id of the subvolume. */
  readonly root: string | null;
  readonly ino: string;
  readonly generation: number | null;
}

/** Records that are shown: their JSON is some 200 MB. */
const MOST = 1 << 20;
/** A balance moves chunks between two questions. */
const TRIES = 3;

/** The extents of a regular file now, as its filesystem reports them. With `sync` it is written back first, otherwise what waits for a place is DELALLOC. Throws `Refused`. */
export async function showByFiemap(file: string, { sync = false, most = MOST } = {}): Promise<ShownFile> {
  const fd = openToAsk(file);
  try {
    if (!fstatSync(fd).isFile()) throw refused('E_FILE', `${file} is not a regular file`, 'Name a file.');
    const identity = new FileIdentities().of(fd, file),
      block = BigInt(statfsSync(file).bsize);
    for (let turn = 1; ; turn++) {
      const map = await mapOf(fd, { sync, most, file }),
        size = fstatSync(fd, { bigint: true }).size,
        ranges = new Ranges(await addressingOf(fd, identity.filesystem), ceilTo(size, block));
      ranges.say(map.extents, map.isWhole ? size : map.to);
      if (ranges.isAstray && turn < TRIES) continue;
      const cut = map.isWhole ? [] : [`It has more than ${most} extents: those behind byte ${map.to} are left out.`];
      return {
        file,
        size: String(size),
        identity: shownIdentity(identity),
        extents: ranges.all,
        layouts: [],
        notes: [...ranges.notes, ...cut],
      };
    }
  } finally {
    closeSync(fd);
  }
}

const shownIdentity = ({ filesystem, root, ino, generation }: FileIdentity): ShownIdentity => ({
  filesystem: filesystem.type,
  device: sayDevice(filesystem.device),
  root: filesystem.type === 'btrfs' ? String(root) : null,
  ino: String(ino),
  generation,
});
