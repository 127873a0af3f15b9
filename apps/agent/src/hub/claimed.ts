import type { FileState, Model } from '@mapscope/shared/model';
import { ceilTo, isRegular } from '@mapscope/shared/units';
import { writtenSince } from '@mapscope/shared/verify';
import { showAt, type ShownAt, shownRange, type ShownRange } from './show-at.ts';
import type { Told } from './told.ts';

/** A file as the kernel names it. */
export interface KernelName {
  /** dev_t of its filesystem in the kernel's encoding, as tracepoints have it: major << 20 | minor. */
  readonly dev: number;
  /** btrfs: id of the subvolume; 0 elsewhere. */
  readonly root: bigint;
  readonly ino: bigint;
}

/** What the running model says of a file, all of one moment (docs/architecture.md "Agent socket"). */
export interface Claimed extends ShownAt {
  /** Up to when everything is in it: CLOCK_MONOTONIC, nanoseconds. */
  readonly until: string;
  /** Rows about this file so far. The same numbers twice: nothing was told of it in between. */
  readonly told: Told;
  /** Of all files. */
  readonly model: Told;
  /** Another number whenever anything was told that is about its map or its pages, and not only of who asked for what. */
  readonly version: number;
  /** What writeback has put into I/Os of the file since the moment that was asked with; null: that is not known, or was not asked. */
  readonly written: readonly ShownRange[] | null;
}

/** Paths of the living regular files of other filesystems. */
export const namedFiles = (model: Model): readonly string[] =>
  [...model.files.all()]
    .filter(({ introduced, gone, device, mode }) => introduced && !gone && device !== 0 && isRegular(mode))
    .map(({ pathText }) => pathText);

/** The living file with this name. */
export function namedBy(model: Model, { dev, root, ino }: KernelName): FileState | undefined {
  for (const file of model.files.all())
    if (file.ino === ino && file.root === root && file.introduced && !file.gone && model.devices.get(file.device)?.devT === dev)
      return file;
  return undefined;
}

/** Where the last of the blocks that a file's size needs ends: all of that one is known, or nothing. */
const lastBlockOf = ({ size, blockSize }: FileState): bigint => (blockSize === 0 ? size : ceilTo(size, BigInt(blockSize)));

export const claimedOf = (model: Model, file: FileState, told: Told, all: Told, since?: bigint): Claimed => ({
  ...showAt(model, file, lastBlockOf(file)),
  until: String(model.until),
  told: { ...told },
  model: { ...all },
  version: file.mapsVersion,
  written: (since === undefined ? undefined : writtenSince(model, file.inode, since)?.map(shownRange)) ?? null,
});
