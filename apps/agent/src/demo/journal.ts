import { closeSync, constants, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { fallocate, fdatasync } from '@mapscope/native';
import { problem } from '@mapscope/shared/units';
import type { Problem } from '@mapscope/shared/units';
import { Errno, errnoName } from '@mapscope/shared/wire';
import type { Change } from './change.ts';
import { syncFolder } from './folders.ts';
import type { Geometry } from './volume.ts';

/*
 * The metadata file is text: a line is a checksum and JSON. The first line says what volume this is, each other line is a batch of
 * changes that holds whole or not at all.
 *
 *   meta:  header | checkpoint, many lines | commit | commit | commit …
 *
 * A commit appends one line, whatever the size of the filesystem. When the commits outweigh the checkpoint, all of it is written anew
 * as `meta.new` and renamed over the old one. A crash can only tear the last line: it was never acknowledged, and is dropped.
 */
const NAME = 'meta';
const VERSION = 1;
/** Changes a line of a checkpoint. */
const BATCH = 512;
/** Of the disk, ahead of the log: a full one must still take the commit that frees some of it. */
const AHEAD_BYTES = 256 << 10;
const KEEP_SIZE = 1;
/** Below this, a checkpoint is not worth its time. */
const SMALL_BYTES = 1 << 20;

export interface Header {
  readonly version: number;
  /** Also on each image. */
  readonly id: string;
  readonly geometry: Geometry;
}

const line = (value: unknown): string => {
  const json = JSON.stringify(value);
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;
};

/** The value of a whole line, or undefined for a torn one. */
function readLine(text: string): unknown {
  const json = text.slice(9);
  return text[8] === ' ' && crc32(json).toString(16).padStart(8, '0') === text.slice(0, 8) ? JSON.parse(json) : undefined;
}

export const hasJournal = (folder: string): boolean => existsSync(join(folder, NAME));

/** Header and all changes of a folder, in order. A torn last line is left out, damage before it is a problem. */
export function readJournal(folder: string): { header: Header; batches: Change[][] } | Problem {
  const path = join(folder, NAME),
    damaged = (why: string): Problem => problem('E_METADATA', `${path} ${why}`, 'Restore the folder from a copy, or choose another.');
  const lines = readFileSync(path, 'utf8').split('\n'),
    batches: Change[][] = [];
  const header = readLine(lines[0]!) as Header | undefined;
  if (!header) return damaged('is no metadata of the demo filesystem');
  if (header.version !== VERSION) return damaged(`has version ${header.version}, and this program reads ${VERSION}`);
  // What follows the last newline is empty, or was torn before its end.
  const whole = lines.slice(1, -1);
  for (const [i, text] of whole.entries()) {
    const batch = readLine(text) as Change[] | undefined;
    if (batch) batches.push(batch);
    else if (i < whole.length - 1) return damaged(`is damaged in line ${i + 2}`);
  }
  return { header, batches };
}

/** The writing end. Its file is always one that `readJournal` accepts, whenever the process or the machine stops. */
export class Journal {
  readonly #folder: string;
  readonly #header: Header;
  #fd = -1;
  #length = 0;
  #checkpointBytes = 0;
  /** Up to here the disk has given its space. */
  #ahead = 0;
  /** The file was renamed into place, and that is not durable yet. */
  #isFolderDirty = false;

  /** Begins the file with a checkpoint. Throws what Node throws where the folder can not be written. */
  constructor(folder: string, header: Omit<Header, 'version'>, all: Iterable<Change>) {
    this.#folder = folder;
    this.#header = { version: VERSION, ...header };
    this.#renew(all);
    syncFolder(folder);
    this.#isFolderDirty = false;
  }

  /** Durable when it answers 0; a negative errno: nothing of it is. */
  append(changes: readonly Change[]): number {
    const bytes = Buffer.from(line(changes));
    let failed = write(this.#fd, bytes, this.#length);
    if (failed === 0) failed = fdatasync(this.#fd);
    if (failed === 0) failed = this.#settleFolder();
    if (failed === 0) this.#length += bytes.length;
    else {
      // What got out of a failed line must not stand before the next one. The space ahead goes with it.
      ftruncateSync(this.#fd, this.#length);
      this.#ahead = this.#length;
    }
    this.#reserve();
    return failed;
  }

  /** Begin anew when commits outweigh the checkpoint. Where that fails the old file goes on, and it is tried again much later. */
  renewIfLong(all: () => Iterable<Change>): void {
    if (this.#length - this.#checkpointBytes <= Math.max(SMALL_BYTES, this.#checkpointBytes)) return;
    try {
      this.#renew(all());
    } catch {
      this.#checkpointBytes = this.#length;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  #renew(all: Iterable<Change>): void {
    const path = join(this.#folder, NAME),
      next = `${path}.new`;
    const fd = openSync(next, constants.O_CREAT | constants.O_TRUNC | constants.O_RDWR, 0o600);
    let length = 0;
    const put = (value: unknown): void => {
      const bytes = Buffer.from(line(value)),
        failed = write(fd, bytes, length);
      if (failed < 0) throw new Error(`${errnoName(failed)}: ${next} cannot be written`);
      length += bytes.length;
    };
    try {
      put(this.#header);
      for (const batch of batches(all)) put(batch);
      fsyncSync(fd);
      renameSync(next, path);
    } catch (error) {
      closeSync(fd);
      rmSync(next, { force: true });
      throw error;
    }
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = fd;
    this.#length = this.#checkpointBytes = this.#ahead = length;
    this.#isFolderDirty = true;
    this.#reserve();
  }

  /** Where the disk gives none now, it is asked again. */
  #reserve(): void {
    if (this.#ahead - this.#length >= AHEAD_BYTES / 2) return;
    if (fallocate(this.#fd, KEEP_SIZE, BigInt(this.#length), BigInt(AHEAD_BYTES)) >= 0) this.#ahead = this.#length + AHEAD_BYTES;
  }

  #settleFolder(): number {
    if (!this.#isFolderDirty) return 0;
    try {
      syncFolder(this.#folder);
    } catch (error) {
      return errnoOf(error);
    }
    this.#isFolderDirty = false;
    return 0;
  }
}

function* batches(changes: Iterable<Change>): Generator<Change[]> {
  let batch: Change[] = [];
  for (const change of changes) {
    if (batch.push(change) < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function write(fd: number, bytes: Uint8Array, at: number): number {
  for (let done = 0; done < bytes.length;) {
    try {
      done += writeSync(fd, bytes, done, bytes.length - done, at + done);
    } catch (error) {
      return errnoOf(error);
    }
  }
  return 0;
}

/** Negative, as Node has it in its errors. */
const errnoOf = (error: unknown): number => (error as NodeJS.ErrnoException).errno ?? -Errno.EIO;
