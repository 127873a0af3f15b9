import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { readFolder } from '@mapscope/native';
import { isFlaw } from '@mapscope/shared/units';
import { DirentType, type FolderEntry, readDirents } from '@mapscope/shared/wire';

export interface InodePaths {
  /** A path of each inode that was found, relative to the folder, bytes as the filesystem has them. Of several hard links it is the first one met. */
  readonly paths: ReadonlyMap<bigint, Uint8Array>;
  /** The walk came to its end; otherwise to its limit, and an inode without a path may have one. */
  readonly isWhole: boolean;
}

export interface WalkLimits {
  /** Names looked at. */
  readonly names?: number;
  readonly ms?: number;
}

const NAMES = 2_000_000;
const MS = 10_000;
/** One level is one descriptor. */
const DEPTH = 256;
const ROOM = 1 << 16;
const folderFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Paths of inodes below a folder of their filesystem, by a walk that ends when all are found or at its limits. It follows no link and enters no other mount.
 *
 * Why a walk: open_by_handle_at(2) opens an inode by its number but tells no name (the dentry of a file found so hangs nowhere); what tells names, XFS's parent
 * pointers, is off unless the filesystem was made with them; ext4 has nothing. An inode that is open but has no name any more is found by none of these.
 */
export async function inodePaths(
  folder: string,
  wanted: ReadonlySet<bigint>,
  { names = NAMES, ms = MS }: WalkLimits = {},
): Promise<InodePaths> {
  const walk = new Walk(wanted, names, performance.now() + ms),
    root = await open(folder, folderFlags).catch(() => undefined);
  if (!root) return { paths: walk.paths, isWhole: false };
  try {
    const { dev, ino } = await root.stat({ bigint: true });
    walk.meet(ino, Buffer.from('.'));
    await walk.enter(root, dev, Buffer.alloc(0), 0);
  } finally {
    await root.close();
  }
  return { paths: walk.paths, isWhole: walk.isWhole };
}

class Walk {
  readonly paths = new Map<bigint, Uint8Array>();
  /** Nothing was left out. */
  isWhole = true;
  private readonly wanted: ReadonlySet<bigint>;
  private readonly deadline: number;
  private names: number;

  constructor(wanted: ReadonlySet<bigint>, names: number, deadline: number) {
    this.wanted = wanted;
    this.names = names;
    this.deadline = deadline;
  }

  meet(ino: bigint, path: Uint8Array): void {
    if (this.wanted.has(ino) && !this.paths.has(ino)) this.paths.set(ino, path);
  }

  async enter(folder: FileHandle, dev: bigint, path: Buffer, depth: number): Promise<void> {
    const folders: FolderEntry[] = [],
      room = new Uint8Array(ROOM);
    for (;;) {
      const filled = await readFolder(folder.fd, room),
        entries = filled > 0 ? readDirents(room.subarray(0, filled)) : [];
      if (filled < 0 || isFlaw(entries)) this.isWhole = false;
      if (filled <= 0 || isFlaw(entries)) break;
      for (const entry of entries) {
        this.meet(entry.ino, below(path, entry.name));
        if (entry.type === DirentType.folder || entry.type === DirentType.unknown) folders.push({ ...entry, name: entry.name.slice() });
      }
      this.names -= entries.length;
      if (this.isOver) return;
    }
    for (const entry of folders) {
      if (this.isOver) return;
      await this.down(folder, dev, path, entry, depth + 1);
    }
  }

  private async down(folder: FileHandle, dev: bigint, path: Buffer, { ino, type, name }: FolderEntry, depth: number): Promise<void> {
    if (depth >= DEPTH) {
      this.isWhole = false;
      return;
    }
    const next = await open(below(Buffer.from(`/proc/self/fd/${folder.fd}`), name), folderFlags).catch(() => undefined);
    // A file whose kind was not told is no folder that is left out.
    if (!next) this.isWhole &&= type === DirentType.unknown;
    if (!next) return;
    try {
      const found = await next.stat({ bigint: true });
      // Something is mounted on it, or it is another one by now.
      if (found.dev === dev && found.ino === ino) await this.enter(next, dev, below(path, name), depth);
    } finally {
      await next.close();
    }
  }

  private get isOver(): boolean {
    if (this.paths.size === this.wanted.size) return true;
    if (this.names > 0 && performance.now() < this.deadline) return false;
    this.isWhole = false;
    return true;
  }
}

const below = (path: Buffer, name: Uint8Array): Buffer =>
  path.length === 0 ? Buffer.from(name) : Buffer.concat([path, Buffer.from('/'), name]);
