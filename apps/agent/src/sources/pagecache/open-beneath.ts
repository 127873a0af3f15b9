import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { deviceOf, O_PATH } from '../../host/index.ts';

const folderFlags = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const fileFlags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;

/** The root of a mount, held open: whatever is mounted over it or renamed later, paths are walked from here. */
export class Root {
  private readonly handle: FileHandle;
  private readonly device: string;

  private constructor(handle: FileHandle, device: string) {
    this.handle = handle;
    this.device = device;
  }

  /** undefined: it cannot be opened, or something else than `device` (`major:minor`) is mounted there. */
  static async open(path: string, device: string): Promise<Root | undefined> {
    const handle = await open(path, folderFlags).catch(() => undefined);
    if (!handle) return undefined;
    const root = new Root(handle, device);
    if (await root.isOurs(handle)) return root;
    await handle.close();
    return undefined;
  }

  /**
   * The regular file with this inode number at `path` (bytes, relative), for reading. undefined: it is another one by now, or not there. One step at
   * a time, no symbolic link is followed and no other mount entered, as openat2(2) does with RESOLVE_BENEATH, so that no name can lead out of the root.
   */
  async openFile(path: Uint8Array, ino: bigint): Promise<FileHandle | undefined> {
    const names = namesOf(path),
      last = names?.pop();
    if (!names || !last) return undefined;
    let at = this.handle;
    try {
      for (const name of names) {
        const next = await open(below(at, name), folderFlags);
        if (at !== this.handle) await at.close();
        at = next;
      }
      const file = await open(below(at, last), fileFlags);
      if (await this.isOurs(file, ino)) return file;
      await file.close();
    } catch {
      // Gone, a link, or not allowed: not to be looked at.
    } finally {
      if (at !== this.handle) await at.close();
    }
    return undefined;
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  private async isOurs(handle: FileHandle, ino?: bigint): Promise<boolean> {
    const found = await handle.stat({ bigint: true });
    return deviceOf(found.dev) === this.device && (ino === undefined || (found.ino === ino && found.isFile()));
  }
}

const below = (folder: FileHandle, name: Uint8Array): Buffer => Buffer.concat([Buffer.from(`/proc/self/fd/${folder.fd}/`), name]);

/** The parts of a path; undefined when one could lead elsewhere. */
function namesOf(path: Uint8Array): Uint8Array[] | undefined {
  const names: Uint8Array[] = [];
  for (let from = 0; from <= path.length;) {
    const slash = path.indexOf(0x2f, from),
      end = slash < 0 ? path.length : slash,
      name = path.subarray(from, end);
    const isDots = name.every((byte) => byte === 0x2e) && name.length <= 2;
    // The empty name counts among the dots.
    if (isDots || name.includes(0)) return undefined;
    names.push(name);
    from = end + 1;
  }
  return names;
}
