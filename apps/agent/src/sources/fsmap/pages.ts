import { fsmap as askFsmap } from '@mapscope/native';
import { isFlaw, U64_MAX } from '@mapscope/shared/units';
import { Errno, errnoName, fsmap, FsmapColumns, fsmapHead, type RowOf } from '@mapscope/shared/wire';
import { refused, type Refused } from '../../host/index.ts';

export interface FsmapAsk {
  /** Records in all; past them the rest is left out, and said to be. */
  readonly most?: number;
  /** Records an ioctl. */
  readonly atOnce?: number;
  /** What the filesystem is called in a refusal: a path in it. */
  readonly file?: string;
}

/** Who owns the space of a filesystem: one after the other, by device and place. It changes while it is asked for. */
export interface SpaceMap {
  readonly records: FsmapColumns;
  readonly isWhole: boolean;
}

/** 512 KiB an answer. */
const AT_ONCE = 8192;
/** 40 bytes of columns a record: 168 MB. */
const MOST = 1 << 22;

/** Where the lowest and the highest record wanted stand. */
const LOW = fsmapHead.size - 2 * fsmap.size;
const HIGH = fsmapHead.size - fsmap.size;
const U32_MAX = 0xffff_ffff;

/**
 * All of GETFSMAP of the filesystem (ext4, XFS) that an open file or folder lies on, beside the event loop: owners, free space, what the filesystem itself has.
 * Throws `Refused` where there is no such call. Fact: spec/protocol.md 7.3.
 */
export async function spaceMapOf(fd: number, { most = MOST, atOnce = AT_ONCE, file = 'the file' }: FsmapAsk = {}): Promise<SpaceMap> {
  const records = new FsmapColumns(Math.min(atOnce, most)),
    room = new Uint8Array(fsmapHead.size + atOnce * fsmap.size);
  const everything = { fmr_device: U32_MAX, fmr_flags: U32_MAX, fmr_physical: U64_MAX, fmr_owner: U64_MAX, fmr_offset: U64_MAX };
  fsmap.write(everything, room, HIGH);
  while (records.count < most) {
    const entries = await askFsmap(fd, room);
    if (entries < 0) throw spaceRefused(file, -entries);
    const added = records.append(room, entries);
    if (added === 0 || records.isLast) return { records, isWhole: true };
    if (!goesOn(room, added)) return { records, isWhole: false };
  }
  return { records, isWhole: false };
}

/** Makes the last record the low key: the kernel begins behind it. False: it is not behind the one before, and the same would be told for ever. */
function goesOn(room: Uint8Array, added: number): boolean {
  const at = fsmapHead.size + (added - 1) * fsmap.size,
    before = fsmap.read(room, LOW),
    last = fsmap.read(room, at);
  if (isFlaw(before) || isFlaw(last) || !isBehind(last, before)) return false;
  room.copyWithin(LOW, at, at + fsmap.size);
  return true;
}

type FsmapRow = RowOf<typeof fsmap>;
/** In the order of the records: several owners may share a place. */
const keys = ['fmr_device', 'fmr_physical', 'fmr_owner', 'fmr_offset'] as const;
const isBehind = (a: FsmapRow, b: FsmapRow): boolean => {
  const key = keys.find((key) => a[key] !== b[key]);
  return key === undefined ? a.fmr_length > b.fmr_length : a[key] > b[key];
};

function spaceRefused(file: string, errno: number): Refused {
  const say = (code: string, why: string, help: string): Refused => refused(code, `${file} ${why}`, help);
  switch (errno) {
    case Errno.EOPNOTSUPP:
    case Errno.ENOTTY:
    case Errno.EINVAL:
      return say(
        'E_NO_FSMAP',
        'lies on a filesystem without GETFSMAP',
        'ext4 and XFS have it. btrfs says where a file is by `mapscope show FILE`.',
      );
    case Errno.EPERM:
    case Errno.EACCES:
      return say('E_PERMISSION', `may not be asked for the map of its filesystem (${errnoName(errno)})`, 'Run mapscope as root.');
    default:
      return say(
        'E_FSMAP',
        `cannot be asked for the map of its filesystem: GETFSMAP answers ${errnoName(errno)}`,
        'Try again; `dmesg` may say more.',
      );
  }
}
