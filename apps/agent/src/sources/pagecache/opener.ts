import type { FileHandle } from 'node:fs/promises';
import { Root } from './open-beneath.ts';

/** A file that is to be watched. */
export interface WatchedFile {
  /** The stream's number. */
  readonly inode: number;
  readonly ino: bigint;
  /** As the opener understands it: of `beneath` relative to the mount. */
  readonly path: Uint8Array;
  /** Bytes, as the one who told of it knows it: the page cache may be ahead. */
  readonly size: bigint;
}

/** Opens watched files, wherever they are. */
export interface Opener {
  /** For reading, without waiting for anybody but the filesystem. undefined: it is another file by now, or may not be looked at. */
  openFile(file: WatchedFile): Promise<FileHandle | undefined>;
  close(): Promise<void>;
}

/** Where files are to be opened, or why that cannot be. */
export interface Opening {
  readonly opener: () => Promise<Opener | undefined>;
  /** What is so when there is none, a sentence without a full stop. */
  readonly whyNot: string;
}

/** Files of the mount at `root`, whose device is `device` (`major:minor`), and of nothing else. */
export const beneath = (root: string, device: string): Opening => ({
  opener: async () => {
    const opened = await Root.open(root, device);
    return opened && { openFile: ({ path, ino }) => opened.openFile(path, ino), close: () => opened.close() };
  },
  whyNot: `${root} is not the mount ${device}`,
});
