import { type FSWatcher, watch } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

/** What becomes of the names below the watched paths. */
export interface HearsNames {
  /** A regular file may be there; it is a new one, or one by another name. */
  found(path: Buffer): Promise<void>;
  /** A folder is there: whether to go into it. */
  enters(path: Buffer, isRoot: boolean): Promise<boolean>;
  /** What was there may be written to, or be cut. */
  changed(path: Buffer): void;
  /** Nothing is there any more. */
  left(path: Buffer): void;
}

/** A folder of which all files are meant, or a file of which the folder is watched to see what its name leads to. */
interface Folder {
  readonly path: Buffer;
  readonly watcher: FSWatcher;
  /** undefined: all names. */
  readonly only: Set<string> | undefined;
}

/** Files looked at beside one another. */
const AT_ONCE = 64;
/** Names wait so long to be looked at, so that a burst of events of one name is one look. Milliseconds. */
const SOON_MS = 5;
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
  private readonly folders = new Map<string, Folder>();
  private readonly due = new Map<string, Buffer>();
  private readonly leaving = new Set<NodeJS.Timeout>();
  private timer: NodeJS.Timeout | undefined;
  private work = Promise.resolve();
  private isOver = false;

  constructor(hears: HearsNames) {
    this.hears = hears;
  }

  /** Watches a folder and all below it. */
  async addFolder(path: Buffer): Promise<void> {
    await this.enter(path, 0, true);
  }

  /** Watches one name: what it leads to may become another file. */
  async addFile(path: string): Promise<void> {
    const folder = Buffer.from(dirname(path)),
      known = this.folders.get(keyOf(folder));
    if (known) known.only?.add(keyOf(Buffer.from(basename(path))));
    else this.listen(folder, new Set([keyOf(Buffer.from(basename(path)))]));
    await this.hears.found(Buffer.from(path));
  }

  end(): void {
    this.isOver = true;
    clearTimeout(this.timer);
    for (const timer of this.leaving) clearTimeout(timer);
    for (const { watcher } of this.folders.values()) watcher.close();
    this.folders.clear();
  }

  private async enter(path: Buffer, depth: number, isRoot = false): Promise<void> {
    if (this.isOver || depth > DEPTH || !(await this.hears.enters(path, isRoot))) return;
    // Before it is read: what comes meanwhile is met twice rather than never.
    this.listen(path, undefined);
    const entries = await readdir(path, { encoding: 'buffer', withFileTypes: true }).catch(() => []),
      files = entries.filter((entry) => entry.isFile());
    for (let at = 0; at < files.length && !this.isOver; at += AT_ONCE)
      await Promise.all(files.slice(at, at + AT_ONCE).map(({ name }) => this.hears.found(below(path, name))));
    for (const entry of entries) if (entry.isDirectory()) await this.enter(below(path, entry.name), depth + 1);
  }

  private listen(path: Buffer, only: Set<string> | undefined): void {
    const key = keyOf(path),
      known = this.folders.get(key);
    if (known && (known.only === undefined || only !== undefined)) return;
    known?.watcher.close();
    try {
      const watcher = watch(path, { encoding: 'buffer', persistent: false }, (event, name) => this.heard(key, event, name));
      watcher.on('error', () => this.unlisten(key));
      this.folders.set(key, { path, watcher, only });
    } catch {
      // Gone already, or nobody may watch so many: then what is there now is all that is met.
    }
  }

  private unlisten(key: string): void {
    this.folders.get(key)?.watcher.close();
    this.folders.delete(key);
  }

  private heard(key: string, event: string, name: Buffer | null): void {
    const folder = this.folders.get(key);
    if (!folder || name === null || (folder.only && !folder.only.has(keyOf(name)))) return;
    const path = below(folder.path, name);
    if (event === 'change') return this.hears.changed(path);
    this.due.set(keyOf(path), path);
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.work = this.work.then(() => this.lookAtDue());
    }, SOON_MS);
  }

  private async lookAtDue(): Promise<void> {
    const due = [...this.due.values()];
    this.due.clear();
    for (let at = 0; at < due.length && !this.isOver; at += AT_ONCE)
      await Promise.all(due.slice(at, at + AT_ONCE).map((path) => this.lookAt(path)));
  }

  private async lookAt(path: Buffer): Promise<void> {
    const found = await lstat(path).catch(() => undefined);
    if (found?.isFile()) return this.hears.found(path);
    if (found?.isDirectory()) return this.enter(path, 0);
    if (found) return;
    this.unlisten(keyOf(path));
    const timer = setTimeout(() => {
      this.leaving.delete(timer);
      this.hears.left(path);
    }, LEAVE_MS);
    this.leaving.add(timer);
  }
}

const keyOf = (path: Buffer): string => path.toString('latin1');
const below = (folder: Buffer, name: Buffer): Buffer => Buffer.concat(folder.at(-1) === SLASH[0] ? [folder, name] : [folder, SLASH, name]);
