import { constants, fstatSync, statfsSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { sayDevice } from '@mapscope/shared/units';
import { FileIdentities, type Filesystem, isAtOrBelow, O_PATH, Refused, refused } from '../../host/index.ts';
import { openBriefly } from '../watch/brief.ts';
import { type HearsNames, type Was, WatchedPaths } from '../watch/paths.ts';
import { textOf } from '../watch/path-text.ts';
import { type Asked, type Said, saidOf } from './said.ts';

/** What lies on a FUSE mount: each answer is its server's, who may let us wait for it for ever. */
export class AskingNames implements HearsNames {
  private readonly except: readonly string[];
  private readonly say: (said: Said) => void;
  private readonly paths = new WatchedPaths(this, (question) => this.ask(question));
  private readonly identities = new FileIdentities();
  private readonly roots = new Set<string>();
  /** Questions that were begun, and answered. */
  asked = 0;
  answered = 0;

  constructor({ except }: Pick<Asked, 'except'>, say: (said: Said) => void) {
    this.except = except;
    this.say = say;
  }

  tick(): void {
    this.paths.tick();
  }

  /** Meets everything that is there. Throws `Refused`. */
  async begin(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      const found = await this.ask(() => lstat(path).catch(() => undefined));
      if (found?.isDirectory()) await this.paths.addFolder(Buffer.from(path));
      else if (found?.isFile()) {
        await this.inFolder(Buffer.from(dirname(path)), (filesystem) => this.tell(filesystem, path, false));
        await this.paths.addFile(path);
      } else throw refused('E_FILE', `${path} is neither a file nor a folder any more`, 'Name a file or a folder.');
    }
  }

  found(path: Buffer, listen: (fd: number, isServed: boolean) => void): Promise<boolean> {
    if (this.isExcepted(path)) return Promise.resolve(false);
    return this.ask(async () => {
      // To close more than a place in the tree writes back what is dirty.
      const handle = await openBriefly(path, O_PATH | constants.O_NOFOLLOW, true);
      if (!handle) return false;
      try {
        listen(handle.fd, true);
        const identity = this.identities.of(handle.fd, path.toString());
        if (identity.isRegular) this.say({ found: saidOf(path, fstatSync(handle.fd, { bigint: true }).dev, identity) });
        return identity.isRegular;
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        return false;
      } finally {
        handle.close();
      }
    });
  }

  async enters(path: Buffer, isRoot: boolean): Promise<boolean> {
    if (this.isExcepted(path)) return false;
    const isOurs = await this.inFolder(path, (filesystem) => {
      if (isRoot) this.tell(filesystem, path.toString(), true);
      return this.roots.has(sayDevice(filesystem.device));
    });
    return isOurs ?? false;
  }

  changed(path: Buffer): void {
    void this.ask(async () => {
      const found = await lstat(path, { bigint: true }).catch(() => undefined);
      if (found) this.say({ sized: { path: textOf(path), dev: String(found.dev), ino: String(found.ino), size: String(found.size) } });
    });
  }

  left(path: Buffer, was: Was): void {
    this.say({ left: textOf(path), was });
  }

  private tell(filesystem: Filesystem, path: string, isFolder: boolean): void {
    this.roots.add(sayDevice(filesystem.device));
    this.say({ on: filesystem, blockSize: statfsSync(path).bsize, isFolder });
  }

  /** With the filesystem of a folder; undefined: it cannot be opened. */
  private inFolder<T>(path: Buffer, use: (filesystem: Filesystem) => T): Promise<T | undefined> {
    return this.ask(async () => {
      const handle = await openBriefly(path, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW, true);
      if (!handle) return undefined;
      try {
        return use(this.identities.filesystemOf(handle.fd, path.toString()));
      } finally {
        handle.close();
      }
    });
  }

  private async ask<T>(question: () => Promise<T>): Promise<T> {
    this.asked++;
    try {
      return await question();
    } finally {
      this.answered++;
    }
  }

  private isExcepted(path: Buffer): boolean {
    const text = path.toString();
    return this.except.some((each) => isAtOrBelow(text, each));
  }
}
