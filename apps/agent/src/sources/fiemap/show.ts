import { closeSync, constants, fstatSync, openSync, statfsSync } from 'node:fs';
import { ceilTo, sayDevice } from '@mapscope/shared/units';
import { errorCode, FileIdentities, type FileIdentity, refused, type Refused, sayError } from '../../host/index.ts';
import { addressingOf } from './addressing.ts';
import { mapOf } from './pages.ts';
import { Ranges, type ShownRange } from './ranges.ts';

/** What `mapscope show FILE --json` prints; numbers of 64 bits are decimal strings (docs/show.md). */
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
  const fd = open(file);
  try {
    if (!fstatSync(fd).isFile()) throw notShown(file, 'is not a regular file', 'Name a file.');
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

function open(file: string): number {
  try {
    // Without O_NONBLOCK a named pipe would keep us until somebody writes.
    return openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT') throw notShown(file, 'does not exist', 'Name a file.', error);
    if (code === 'EACCES') throw notShown(file, 'may not be opened for reading', 'Run it as somebody who may read the file.', error);
    throw notShown(file, `cannot be opened: ${sayError(error)}`, 'Name a file that can be read.', error);
  }
}

const notShown = (file: string, why: string, help: string, cause?: unknown): Refused => refused('E_FILE', `${file} ${why}`, help, cause);
