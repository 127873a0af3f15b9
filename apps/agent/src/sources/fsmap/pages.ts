import { fsmap as askFsmap } from '@mapscope/native';
import { isFlaw, U64_MAX } from '@mapscope/shared/units';
import { Errno, errnoName, fsmap, FsmapColumns, FsmapFlag, fsmapHead, type RowOf } from '@mapscope/shared/wire';
import { refused, type Refused } from '../../host/index.ts';
import { Rooms } from '../rooms.ts';

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

/** 1 MiB an answer. */
const AT_ONCE = 16_384;
/** 40 bytes of columns a record: 168 MB. */
const MOST = 1 << 22;

/** Where the lowest and the highest record wanted stand. */
const LOW = fsmapHead.size - 2 * fsmap.size;
const HIGH = fsmapHead.size - fsmap.size;
const U32_MAX = 0xffff_ffff;
const everything = { fmr_device: U32_MAX, fmr_flags: U32_MAX, fmr_physical: U64_MAX, fmr_owner: U64_MAX, fmr_offset: U64_MAX };

const roomFor = (records: number): number => fsmapHead.size + records * fsmap.size;
/** Rooms of the largest answer. */
const rooms = new Rooms(roomFor(AT_ONCE));

/**
 * All of GETFSMAP of the filesystem (ext4, XFS) that an open file or folder lies on, beside the event loop: owners, free space, what the filesystem itself has.
 * Throws `Refused` where there is no such call. Fact: spec/protocol.md 7.3.
 */
export async function spaceMapOf(fd: number, { most = MOST, atOnce = AT_ONCE, file = 'the file' }: FsmapAsk = {}): Promise<SpaceMap> {
  const records = new FsmapColumns(Math.min(atOnce, most)),
    taken = [rooms.take(), rooms.take()] as const;
  const ask = (room: Uint8Array, told: number): Promise<number> =>
    askFsmap(fd, room.subarray(0, roomFor(Math.min(atOnce, AT_ONCE, most - told))));
  fsmap.write({}, taken[0], LOW);
  fsmap.write(everything, taken[0], HIGH);
  let next: Promise<number> | undefined = ask(taken[0], 0);
  try {
    for (let turn = 0, told = 0; next; turn++) {
      const room = taken[turn % 2]!,
        entries = await next;
      next = undefined;
      if (entries < 0) throw spaceRefused(file, -entries);
      told += entries;
      const isEnd = entries === 0 || isLast(room, entries),
        goesOn = !isEnd && told < most && continueIn(taken[(turn + 1) % 2]!, room, entries);
      // The next records are on their way while these are put into columns.
      if (goesOn) next = ask(taken[(turn + 1) % 2]!, told);
      records.append(room, entries);
      if (!goesOn) return { records, isWhole: isEnd };
    }
    return { records, isWhole: false };
  } finally {
    await next;
    for (const room of taken) rooms.give(room);
  }
}

const recordAt = (i: number): number => fsmapHead.size + i * fsmap.size;

function isLast(room: Uint8Array, entries: number): boolean {
  const last = fsmap.read(room, recordAt(entries - 1));
  return isFlaw(last) || (last.fmr_flags & FsmapFlag.LAST) !== 0;
}

/**
 * Makes the last record of an answer the low key of the next question, in the other room: the kernel begins behind it. False: it is not behind the key that
 * the answer was to, and the same would be told for ever.
 */
function continueIn(room: Uint8Array, answered: Uint8Array, entries: number): boolean {
  const at = recordAt(entries - 1),
    before = fsmap.read(answered, LOW),
    last = fsmap.read(answered, at);
  if (isFlaw(before) || isFlaw(last) || !isBehind(last, before)) return false;
  room.set(answered.subarray(0, fsmapHead.size));
  room.set(answered.subarray(at, at + fsmap.size), LOW);
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
