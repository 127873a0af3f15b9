import { fstatSync } from 'node:fs';
import {
  type BlockDifference,
  type ByteRange,
  type CacheDifference,
  comparableBytes,
  compareBlocks,
  compareCaches,
  compareMaps,
  compareSeek,
  type FileClaims,
  type KnownShares,
  type MapComparison,
  type SeekDifference,
  type Sought,
  sharesOf,
} from '@mapscope/shared/verify';
import { pageSize } from '../host/index.ts';
import {
  type BytesRead,
  compareWithDevice,
  dataOf,
  kernelClaims,
  looksIntoCache,
  nothingRead,
  tellsDirty,
  tellsBlocks,
} from '../sources/verify/index.ts';
import type { Subject } from './subject.ts';

/** What the kernel answers about a file, asked once. */
export interface KernelAnswer {
  readonly claims: FileClaims;
  readonly size: bigint;
  /** Where lseek(2) finds data; undefined: it was not asked. */
  readonly data: Sought | undefined;
}

export interface AskOptions {
  readonly seek?: boolean;
}

/** Where a model and the kernel say different things of one file, and what the model knows. */
export interface Judgement extends MapComparison {
  readonly cache: readonly CacheDifference[];
  readonly seek: readonly SeekDifference[];
  /** Of the blocks of folios that are dirty, or were before the file was written back: bytes that are not those of the device. */
  readonly bytes: BytesRead;
  /** What was dirty and was not written back, or the other way; undefined: it is not known what was. */
  readonly blocks: readonly BlockDifference[] | undefined;
  readonly known: KnownShares;
}

/** What is known of a look besides what the kernel answers. */
export interface JudgeOptions {
  /** Whether the model was told when something becomes shared, or no longer is, up to now. */
  readonly isRunning: boolean;
  readonly bytes?: BytesRead;
  /** What the model said before the file was written back, and what was written then. */
  readonly writtenBack?: { readonly before: FileClaims; readonly written: readonly ByteRange[] | undefined };
}

/** Throws `Refused` where the kernel does not answer. */
export async function askKernel({ fd, file, identity, block }: Subject, { seek = false }: AskOptions): Promise<KernelAnswer> {
  const claims = await kernelClaims(fd, { filesystem: identity.filesystem, file, block }),
    { size } = fstatSync(fd, { bigint: true });
  return { claims, size, data: seek ? await dataOf(fd, size, file) : undefined };
}

/** `model`: what the model says of a file of the kernel's size. */
export function judge(
  model: FileClaims,
  { claims, size, data }: KernelAnswer,
  { block, identity }: Pick<Subject, 'block' | 'identity'>,
  { isRunning, bytes = nothingRead, writtenBack }: JudgeOptions,
): Judgement {
  const page = BigInt(pageSize()),
    { type } = identity.filesystem,
    written = tellsBlocks(type) ? writtenBack?.written : undefined;
  return {
    ...compareMaps(model, claims, { tellsSharing: isRunning }),
    cache: compareCaches(model, claims, { page, tellsDirty: tellsDirty(type) }),
    seek: data ? compareSeek(model, data, size, { block, page, looksIntoCache: looksIntoCache(type) }) : [],
    bytes,
    blocks: writtenBack && written && compareBlocks(writtenBack.before, { written, after: model }, block),
    known: sharesOf(model, page),
  };
}

/** Holds the blocks that a model calls clean in `wanted` to the bytes of the devices that the kernel names. */
export const readBytes = (
  model: FileClaims,
  { claims, size }: KernelAnswer,
  { fd, block, identity }: Pick<Subject, 'fd' | 'block' | 'identity'>,
  wanted: readonly ByteRange[],
): BytesRead =>
  compareWithDevice(
    fd,
    comparableBytes(model, wanted, size, { block, tellsBlocks: tellsBlocks(identity.filesystem.type) }),
    new Set(claims.map.map(({ device }) => device)),
  );

export const isSame = ({ differences, cache, seek, bytes, blocks = [] }: Judgement): boolean =>
  differences.length + cache.length + seek.length + bytes.differences.length + blocks.length === 0;
