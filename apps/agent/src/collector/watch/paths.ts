import { lstat, readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { InotifyBit } from '@mapscope/native';
import { errorCode, isAtOrBelow } from '../../host/index.ts';
import { Inotify, type Notice } from './inotify.ts';
import { pathOf, textOf } from './path-text.ts';
import { Writes } from './writes.ts';

/** What becomes of the names below the watched paths. */
export interface HearsNames {
  /** A regular file may be there; it is a new one, or one by another name. `listen` is to be called with the open file before anything is asked of it. Answers whether it is watched. */
  found(path: Buffer, listen: (fd: number, isServed: boolean) => void): Promise<boolean>;
  /** A folder is there: whether to go into it. */
  enters(path: Buffer, isRoot: boolean): Promise<boolean>;
  /** What was there may have been written to, or cut. */
  changed(path: Buffer): void;
  /** Nothing is there any more. */
  left(path: Buffer, was: Was): void;
}

/** What is not where it was. */
export interface Was {
  /** With all that is below. */
  readonly isFolder: boolean;
  /** It was moved away, to where nobody has found it. */
  readonly isMoved: boolean;
}

/** A name to look at. */
interface Due {
  readonly path: Buffer;
  /** What was there has been moved away. */
  readonly isMoved: boolean;
}

type Ask = <T>(question: () => Promise<T>) => Promise<T>;

/** A folder of which all files are meant, or a file of which the folder is watched to see what its name leads to. */
interface Folder {
  readonly path: Buffer;
  readonly watch: number;
  /** undefined: all names. */
  readonly only: Set<string> | undefined;
}

interface FolderId {
  readonly dev: bigint;
  readonly ino: bigint;
}

/** A watched folder, and which one was there when it was looked at last; undefined: none. */
interface Root {
  readonly path: Buffer;
  is: FolderId | undefined;
}

const NAMES =
  InotifyBit.create | InotifyBit.delete | InotifyBit.movedFrom | InotifyBit.movedTo | InotifyBit.onlyFolder | InotifyBit.dontFollow;
/** Files looked at beside one another. */
const AT_ONCE = 64;
/** A name that is gone may come back under another: a rename is two events. Milliseconds. */
const LEAVE_MS = 100;
/** Folders inside one another. */
const DEPTH = 256;
const SLASH = Buffer.from('/');

/**
 * The names below some folders, those that are there and those that come, by inotify and by reading folders; no link is followed. inotify keeps no
 * filesystem from being unmounted, and makes no event of a tracepoint.
 */
export class WatchedPaths {
  private readonly hears: HearsNames;
  private readonly ask: Ask;
  private readonly names = new Inotify();
  private readonly writes: Writes;
  private readonly roots = new Map<string, Root>();
  private readonly folders = new Map<string, Folder>();
  private readonly byWatch = new Map<number, string>();
  private readonly due = new Map<string, Due>();
  private readonly leaving = new Map<string, NodeJS.Timeout>();
  private work: Promise<void> | undefined;
  private isOver = false;

  /** `ask`: through which everything goes that is asked of the filesystem here. */
  constructor(hears: HearsNames, ask: Ask = (question) => question()) {
    this.hears = hears;
    this.ask = ask;
    this.writes = new Writes((path) => hears.changed(path));
  }

  /** Watches a folder and all below it. */
  async addFolder(path: Buffer): Promise<void> {
    this.roots.set(textOf(path), { path, is: await this.folderAt(path).catch(() => undefined) });
    await this.enter(path, 0, true);
  }

  /**
   * Looks whether the watched folders are still where they were: no notice of a folder below tells that one above has been moved. What is below is let go of then, and a folder
   * that is there in its stead is watched. What is mounted there or unmounted is not meant, nor a filesystem that does not answer any more.
   */
  async lookAtRoots(): Promise<void> {
    for (const root of this.roots.values()) {
      const was = root.is,
        is = await this.folderAt(root.path).catch(() => was);
      if (this.isOver || is?.ino === was?.ino || (is && was && is.dev !== was.dev)) continue;
      root.is = is;
      if (was) this.leaveFolder(root.path);
      if (is) await this.enter(root.path, 0);
    }
  }

  /** undefined: none is there. Throws what keeps it from being known. */
  private async folderAt(path: Buffer): Promise<FolderId | undefined> {
    try {
      const found = await this.ask(() => lstat(path, { bigint: true }));
      return found.isDirectory() ? { dev: found.dev, ino: found.ino } : undefined;
    } catch (error) {
      if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
      throw error;
    }
  }

  private leaveFolder(path: Buffer): void {
    this.unlistenBelow(path);
    this.hears.left(path, { isFolder: true, isMoved: true });
  }

  /** Watches one name: what it leads to may become another file. */
  async addFile(path: string): Promise<void> {
    const folder = Buffer.from(dirname(path)),
      known = this.folders.get(textOf(folder));
    if (known) known.only?.add(textOf(Buffer.from(basename(path))));
    else this.listen(folder, new Set([textOf(Buffer.from(basename(path)))]));
    await this.find(Buffer.from(path));
  }

  /** Takes what has been noticed, and looks at it. A name that has changed several times since is looked at once. */
  tick(): void {
    if (this.isOver) return;
    this.writes.tick();
    for (const notice of this.names.take()) this.heard(notice);
    if (this.due.size > 0) this.work ??= this.lookAtDue().finally(() => (this.work = undefined));
  }

  end(): void {
    this.isOver = true;
    for (const timer of this.leaving.values()) clearTimeout(timer);
    this.names.close();
    this.writes.end();
    this.folders.clear();
  }

  private async enter(path: Buffer, depth: number, isRoot = false): Promise<void> {
    if (this.isOver || depth > DEPTH || !(await this.hears.enters(path, isRoot))) return;
    // Before it is read: what comes meanwhile is met twice rather than never.
    this.listen(path, undefined);
    const entries = await this.ask(() => readdir(path, { encoding: 'buffer', withFileTypes: true }).catch(() => [])),
      files = entries.filter((entry) => entry.isFile());
    for (let at = 0; at < files.length && !this.isOver; at += AT_ONCE)
      await Promise.all(files.slice(at, at + AT_ONCE).map(({ name }) => this.find(below(path, name))));
    for (const entry of entries) if (entry.isDirectory()) await this.enter(below(path, entry.name), depth + 1);
  }

  private async find(path: Buffer): Promise<void> {
    // What is written while it is met is measured twice rather than never.
    const isWatched = await this.hears.found(path, (fd, isServed) => !this.isOver && this.writes.listen(path, fd, isServed));
    if (!isWatched) this.writes.forget(path);
  }

  private listen(path: Buffer, only: Set<string> | undefined): void {
    const key = textOf(path),
      known = this.folders.get(key);
    if (this.isOver || (known && (known.only === undefined || only !== undefined))) return;
    const watch = this.names.add(path, NAMES);
    // Gone already, or nobody may watch so many: then what is there now is all that is met.
    if (watch === undefined) return;
    this.folders.set(key, { path, watch, only });
    this.byWatch.set(watch, key);
  }

  private unlisten(key: string): void {
    const folder = this.folders.get(key);
    if (!folder) return;
    this.folders.delete(key);
    // By another name it is the same watch.
    if (this.byWatch.get(folder.watch) !== key) return;
    this.byWatch.delete(folder.watch);
    this.names.remove(folder.watch);
  }

  private unlistenBelow(path: Buffer): void {
    for (const key of this.folders.keys()) if (isAtOrBelow(key, textOf(path))) this.unlisten(key);
  }

  private heard({ watch, bits, name }: Notice): void {
    if ((bits & InotifyBit.overflow) !== 0) return this.lookAgain();
    const key = this.byWatch.get(watch),
      folder = key === undefined ? undefined : this.folders.get(key);
    if (!folder) return;
    if ((bits & InotifyBit.ignored) !== 0) return this.unlisten(key!);
    if (name.length === 0 || (folder.only && !folder.only.has(textOf(name)))) return;
    this.lookSoon(below(folder.path, name), (bits & InotifyBit.movedFrom) !== 0);
  }

  /** Notices are missing: whatever is there now is met, and what was there is looked for. */
  private lookAgain(): void {
    for (const { path } of this.roots.values()) this.lookSoon(path);
    for (const path of this.writes.paths()) this.lookSoon(path);
    for (const { path, only } of this.folders.values()) for (const name of only ?? []) this.lookSoon(below(path, pathOf(name)));
  }

  private lookSoon(path: Buffer, isMoved = false): void {
    this.due.set(textOf(path), { path, isMoved });
  }

  private async lookAtDue(): Promise<void> {
    while (this.due.size > 0 && !this.isOver) {
      const due = [...this.due.values()];
      this.due.clear();
      for (let at = 0; at < due.length && !this.isOver; at += AT_ONCE)
        await Promise.all(due.slice(at, at + AT_ONCE).map((each) => this.lookAt(each)));
    }
  }

  private async lookAt({ path, isMoved }: Due): Promise<void> {
    const found = await this.ask(() => lstat(path).catch(() => undefined));
    this.leaveNot(path);
    if (found?.isFile()) return this.find(path);
    if (found?.isDirectory()) return this.enter(path, 0);
    if (found || this.isOver) return;
    const isFolder = this.folders.has(textOf(path));
    // Those that were moved along have their watches still, by names that are others' now.
    if (isFolder) this.unlistenBelow(path);
    const timer = setTimeout(() => {
      this.leaveNot(path);
      this.writes.forget(path);
      this.hears.left(path, { isFolder, isMoved });
    }, LEAVE_MS);
    this.leaving.set(textOf(path), timer);
  }

  /** Something is there again, or it has been told that nothing is. */
  private leaveNot(path: Buffer): void {
    clearTimeout(this.leaving.get(textOf(path)));
    this.leaving.delete(textOf(path));
  }
}

const below = (folder: Buffer, name: Buffer): Buffer => Buffer.concat(folder.at(-1) === SLASH[0] ? [folder, name] : [folder, SLASH, name]);
