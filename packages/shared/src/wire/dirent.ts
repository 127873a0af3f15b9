import { type Flaw, flaw, isFlaw } from '../units/index.ts';
import { flexible } from './fields.ts';
import { struct } from './struct.ts';

/** An entry of a folder as getdents64 gives it; the name begins at byte 19 and ends with NUL. Fact: getdents(2). */
export const dirent64 = struct('linux_dirent64', [
  ['d_ino', 'u64', 'inode; at a mount point that of the folder beneath'],
  ['d_off', 's64', 'where the next one is, to the filesystem'],
  ['d_reclen', 'u16', 'how long the entry is, bytes'],
  ['d_type', 'u8', 'kind of file: 4 a folder, 8 a regular file, 0 not known'],
  ['d_name', flexible('char'), 'its name'],
]);
const NAME = dirent64.slots.find((slot) => slot.name === 'd_name')!.at;

/** Kinds of files in `d_type`. Fact: readdir(3). */
export const DirentType = { unknown: 0, folder: 4, regular: 8 } as const;

export interface FolderEntry {
  readonly ino: bigint;
  readonly type: number;
  /** As the filesystem has it: need not be UTF-8. */
  readonly name: Uint8Array;
}

/** The entries in an answer of getdents64, `.` and `..` left out; a flaw where one makes no sense. */
export function readDirents(answer: Uint8Array): FolderEntry[] | Flaw {
  const out: FolderEntry[] = [];
  for (let at = 0; at < answer.length;) {
    const entry = dirent64.read(answer, at);
    if (isFlaw(entry)) return entry;
    const end = at + entry.d_reclen;
    if (entry.d_reclen < dirent64.size || end > answer.length)
      return flaw({
        code: 'E_DIRENT',
        at,
        field: 'd_reclen',
        found: String(entry.d_reclen),
        allowed: `${dirent64.size} to ${answer.length - at}`,
      });
    const nul = answer.indexOf(0, at + NAME),
      name = answer.subarray(at + NAME, nul >= 0 && nul < end ? nul : end);
    if (!isDots(name)) out.push({ ino: entry.d_ino, type: entry.d_type, name });
    at = end;
  }
  return out;
}

const isDots = (name: Uint8Array): boolean => name.length <= 2 && name.every((byte) => byte === 0x2e);
