import { constants, fstatSync, lstatSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { generation, monotonic } from '@mapscope/native';
import { kernelDev } from '@mapscope/shared/units';
import { FileIdentities, type FileIdentity, type Filesystem, isAtOrBelow, mountOf, O_PATH, Refused, refused } from '../../host/index.ts';
import { filesystemOf } from '../../sources/tracefs/index.ts';
import { type Brief, openBriefly } from './brief.ts';
import { type WatchedFile, type WatchedFiles, MOST_FILES } from './files.ts';
import { type HearsNames, type Was, WatchedPaths } from './paths.ts';
import { type HearsServed, ServedNames } from './served-names.ts';
import { isServed, type Volumes } from './volumes.ts';

/** A watched file, open for as long as somebody asks about it. */
export interface OpenedFile extends Brief {
  readonly size: bigint;
  readonly filesystem: Filesystem;
}

export interface FinderOptions {
  readonly files: WatchedFiles;
  readonly volumes: Volumes;
  /** What lies at or below these is passed over. */
  readonly except: readonly string[];
  /** Resolves when every record of before the call has been heard: a birth is heard of later than a name. */
  readonly caughtUp: () => Promise<void>;
  /** A file of which nothing is known. */
  readonly strange: (inode: number) => void;
  /** There are more than are watched. Told once. */
  readonly full: () => void;
  /** These threads, too, are ours. */
  readonly own: (threads: readonly number[]) => void;
  /** Why nobody knows the names on FUSE mounts for now; undefined: they are known again. */
  readonly silent: (why: string | undefined) => void;
}

const fileFlags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW | constants.O_NOCTTY;
/** Nobody who serves it is asked for that. */
const folderFlags = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** A name that leads to another file at each look is taken for what it led to last. */
const MOST_TURNS = 5;

/**
 * Finds the files below the watched paths, and opens those that are asked about. Nothing is kept open, so that every filesystem can be unmounted while it is
 * watched.
 */
export class Finder implements HearsNames {
  private readonly options: FinderOptions;
  private readonly paths = new WatchedPaths(this);
  private identities = new FileIdentities();
  private served: ServedNames | undefined;
  private isFull = false;

  constructor(options: FinderOptions) {
    this.options = options;
  }

  /** Meets everything that is there. Throws `Refused`: a path cannot be watched, or holds too many files. */
  async begin(paths: readonly string[]): Promise<void> {
    // Numbers of devices may be those of others now.
    this.identities = new FileIdentities();
    const served: string[] = [];
    for (const path of paths) {
      const mount = await mountOf(path);
      if (mount && filesystemOf(mount.type) === 'fuse') {
        served.push(path);
        continue;
      }
      const found = await lstat(path).catch(() => undefined);
      if (found?.isDirectory()) await this.paths.addFolder(Buffer.from(path));
      else if (found?.isFile()) {
        await this.inFolder(Buffer.from(dirname(path)), (filesystem) => this.options.volumes.of(filesystem));
        await this.paths.addFile(path);
      } else throw refused('E_FILE', `${path} is neither a file nor a folder any more`, 'Name a file or a folder.');
      if (this.isFull) throw tooMany(path);
    }
    if (served.length === 0) return;
    this.served?.end();
    this.served = new ServedNames(this.hearsServed());
    await this.served.begin({ paths: served, except: this.options.except });
    if (this.isFull) throw tooMany(served.join(', '));
  }

  end(): void {
    this.paths.end();
    this.served?.end();
  }

  /** Takes what has become of the names and the sizes since. */
  tick(): void {
    this.paths.tick();
  }

  /** Takes it up that watched folders have been moved. */
  async lookAtRoots(): Promise<void> {
    await this.paths.lookAtRoots();
  }

  async found(path: Buffer, listen: (fd: number, isServed: boolean) => void): Promise<boolean> {
    if (this.isExcepted(path)) return false;
    const { files, volumes, caughtUp } = this.options,
      isServed = volumes.isServed(path);
    let before: FileIdentity | undefined;
    // Of a FUSE mount no birth is told, and each look is a request to its server.
    if (isServed && !files.at(path)) await caughtUp();
    for (let turn = 1; ; turn++) {
      // To close more than a place in the tree writes back what is dirty on a FUSE mount.
      const handle = await openBriefly(path, isServed ? O_PATH | constants.O_NOFOLLOW : fileFlags, isServed);
      if (!handle) return false;
      try {
        listen(handle.fd, isServed);
        const at = monotonic(),
          identity = this.identities.of(handle.fd, path.toString());
        if (!identity.isRegular) return false;
        // Found a second time, it was born before all that has been heard.
        if (isServed || turn === MOST_TURNS || files.knows(identity) || isSameFile(before, identity))
          return this.meet(path, identity, fstatSync(handle.fd, { bigint: true }).dev, at);
        before = identity;
      } catch (error) {
        // A file on an overlay or another namespace's mount inside of a folder is passed over.
        if (!(error instanceof Refused)) throw error;
        return false;
      } finally {
        handle.close();
      }
      await caughtUp();
    }
  }

  /** Folders of other filesystems that are mounted below are not meant; the first folder says which filesystem is. */
  async enters(path: Buffer, isRoot = false): Promise<boolean> {
    if (this.isExcepted(path)) return false;
    try {
      const isOurs = await this.inFolder(path, (filesystem, fd) => {
        const { files, volumes } = this.options,
          dev = kernelDev(filesystem.device);
        if (isRoot) files.hasFolder(volumes.of(filesystem));
        if (!files.watchesFolders(dev)) return false;
        files.enters(dev, fstatSync(fd, { bigint: true }).ino);
        return true;
      });
      return isOurs ?? false;
    } catch (error) {
      if (!(error instanceof Refused) || isRoot) throw error;
      return false;
    }
  }

  /** With the filesystem of a folder; undefined: it cannot be opened. */
  private async inFolder<T>(path: Buffer, use: (filesystem: Filesystem, fd: number) => T): Promise<T | undefined> {
    const handle = await openBriefly(path, folderFlags, true);
    if (!handle) return undefined;
    try {
      return use(this.identities.filesystemOf(handle.fd, path.toString()), handle.fd);
    } finally {
      handle.close();
    }
  }

  changed(path: Buffer): void {
    const file = this.options.files.at(path);
    if (file) void this.measure(file);
  }

  left(path: Buffer, was: Was): void {
    this.options.files.left(path, was);
  }

  /**
   * To ask about it. undefined: it has no name any more, or another file has it; or it lies on a FUSE mount: to close it would write back what is dirty, to open it drop what is
   * cached unless its server says otherwise, and it has no map. Fact: fuse_flush and fuse_finish_open, fs/fuse/file.c; live-facts 6.
   */
  async open(inode: number): Promise<OpenedFile | undefined> {
    const file = this.options.files.find(inode);
    if (!file?.isNamed || file.volume.traced.filesystem === 'fuse') return undefined;
    const handle = await openBriefly(file.path, fileFlags, isServed(file.volume)),
      size = handle && sizeOf(file, handle);
    if (handle && size !== undefined) return { fd: handle.fd, size, filesystem: file.volume.filesystem, close: handle.close };
    handle?.close();
    return undefined;
  }

  /** At once where nobody else answers: what happens meanwhile is then told behind it. */
  private async measure(file: WatchedFile): Promise<void> {
    const at = monotonic();
    try {
      const found = isServed(file.volume)
        ? await lstat(file.path as Buffer, { bigint: true })
        : lstatSync(file.path as Buffer, { bigint: true });
      if (found.ino === file.ino && found.dev === file.statDev) this.options.files.resized(file.inode, found.size, at);
    } catch {
      // Gone: that is heard of.
    }
  }

  /** Answers whether it is watched. */
  private meet(path: Buffer, identity: FileIdentity, statDev: bigint, at: bigint): boolean {
    const met = this.options.files.meet(path, identity, statDev, at);
    if (met?.isStrange) this.options.strange(met.inode);
    if (!met) this.tellFull();
    return met !== undefined;
  }

  private hearsServed(): HearsServed {
    const { files, volumes, own, silent, caughtUp } = this.options;
    return {
      threads: own,
      silent,
      on: (filesystem, blockSize, isFolder) => {
        const volume = volumes.of(filesystem, blockSize);
        if (isFolder) files.hasFolder(volume);
      },
      found: async (path, identity, statDev) => {
        if (!files.at(path)) await caughtUp();
        this.meet(path, identity, statDev, monotonic());
      },
      sized: (path, dev, ino, size) => {
        const file = files.at(path);
        if (file?.ino === ino && file.statDev === dev) files.resized(file.inode, size, monotonic());
      },
      left: (path, was) => files.left(path, was),
    };
  }

  private isExcepted(path: Buffer): boolean {
    const text = path.toString();
    return this.options.except.some((each) => isAtOrBelow(text, each));
  }

  private tellFull(): void {
    if (!this.isFull) this.options.full();
    this.isFull = true;
  }
}

const isSameFile = (a: FileIdentity | undefined, b: FileIdentity): boolean =>
  a !== undefined &&
  a.ino === b.ino &&
  a.root === b.root &&
  a.generation === b.generation &&
  kernelDev(a.filesystem.device) === kernelDev(b.filesystem.device);

const tooMany = (where: string): Refused =>
  refused(
    'E_TOO_MANY',
    `below ${where} are more than ${MOST_FILES} files, and no more are watched`,
    'Name a smaller folder, or the files themselves.',
  );

/** Its size, if it is that file and no other that has got its number. */
function sizeOf({ ino, statDev, generation: known }: WatchedFile, { fd }: Brief): bigint | undefined {
  const found = fstatSync(fd, { bigint: true }),
    version = generation(fd);
  return found.ino === ino && found.dev === statDev && (known === null || version === known) ? found.size : undefined;
}
