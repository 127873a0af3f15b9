import { fstatSync } from 'node:fs';
import { delallocSeen, sayMap } from '@mapscope/shared/derive';
import { createModel, type Model, reduce } from '@mapscope/shared/model';
import { FolioState, FrameBuilder, How, Kind } from '@mapscope/shared/trace';
import { U64_MAX } from '@mapscope/shared/units';
import { type FileClaims, claimsOf } from '@mapscope/shared/verify';
import type { Filesystem } from '../../host/index.ts';
import { bytesOfPages, cacheNotAsked, type CacheLook, lookAtCache, sayCache } from '../pagecache/index.ts';
import { mapPages, Placings } from '../fiemap/index.ts';
import { frameOf } from '../source.ts';

export interface KernelAsk {
  readonly filesystem: Filesystem;
  /** What the file is called in a refusal. */
  readonly file: string;
  /** Bytes of a block of the filesystem. */
  readonly block: bigint;
  /** False: of the cache nothing is asked and nothing is claimed, as where the kernel has no cachestat. */
  readonly cache?: boolean;
}

/** The only file of a model that was only asked. */
const INODE = 1;

/**
 * What the kernel says of an open regular file now, as claims: a model of it that was told by FIEMAP and cachestat and by nothing else. The questions are asked
 * one after the other: while the file changes it is no snapshot. Throws `Refused` where the kernel does not answer.
 */
export async function kernelClaims(fd: number, { filesystem, file, block, cache = true }: KernelAsk): Promise<FileClaims> {
  const model = createModel(),
    rows = new FrameBuilder(),
    paths = new Map<string, number>(),
    placings = new Placings((path) => numberOf(paths, path)),
    delalloc = delallocSeen(filesystem.type),
    take = (): void => reduceInto(model, rows);
  for await (const { from, to, asked, extents } of mapPages(fd, { file })) {
    const placing = await placings.of(fd, filesystem, extents);
    sayMap(rows, { inode: INODE, from, to, at: asked, extents, placing, delalloc }, take);
  }
  const { size } = fstatSync(fd, { bigint: true });
  if (cache) {
    const look = lookAtCache(fd, size, { calls: MOST_CALLS });
    if (typeof look === 'number') throw cacheNotAsked(file, -look);
    sayCache(rows, INODE, look);
    if (!look.isWhole) doubtRest(rows, look);
  }
  take();
  const names = [...paths.keys()];
  return claimsOf(model.files.get(INODE), size, block, How.reported, (device) => names[device - 1] ?? '');
}

/** Questions of one look at the cache: a second's. */
const MOST_CALLS = 1_000_000;

/** Where the questions ended, nothing is known of the cache. */
function doubtRest(rows: FrameBuilder, { at, stop, page }: CacheLook): void {
  const i = rows.row(Kind.folio, at);
  rows.inode[i] = INODE;
  rows.type[i] = FolioState.unknown;
  rows.offset[i] = bytesOfPages(stop, page);
  rows.length[i] = U64_MAX - bytesOfPages(stop, page);
}

function numberOf(paths: Map<string, number>, path: string): number {
  let number = paths.get(path);
  if (number === undefined) paths.set(path, (number = paths.size + 1));
  return number;
}

function reduceInto(model: Model, rows: FrameBuilder): void {
  if (rows.count > 0) reduce(model, frameOf(rows, 0n));
}

/** Whether events tell when a page of this type of filesystem becomes dirty, and when it is no longer. */
export const tellsDirty = (type: string): boolean => type === 'xfs' || type === 'ext4' || type.startsWith('fuse');

/** Whether events tell which bytes each write makes dirty, and which runs of them writeback puts into I/Os: of what goes through iomap they do. */
export const tellsBlocks = (type: string): boolean => type === 'xfs';
