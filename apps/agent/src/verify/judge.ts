import { fstatSync } from 'node:fs';
import {
  type CacheDifference,
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
import { dataOf, kernelClaims, looksIntoCache, tellsDirty, tellsShared } from '../sources/verify/index.ts';
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
  readonly known: KnownShares;
}

/** Throws `Refused` where the kernel does not answer. */
export async function askKernel({ fd, file, identity, block }: Subject, { seek = false }: AskOptions): Promise<KernelAnswer> {
  const claims = await kernelClaims(fd, { filesystem: identity.filesystem, file, block }),
    { size } = fstatSync(fd, { bigint: true });
  return { claims, size, data: seek ? dataOf(fd, size, file) : undefined };
}

/** `model`: what the model says of a file of the kernel's size. */
export function judge(
  model: FileClaims,
  { claims, size, data }: KernelAnswer,
  { block, identity }: Pick<Subject, 'block' | 'identity'>,
): Judgement {
  const page = BigInt(pageSize());
  return {
    ...compareMaps(model, claims, { tellsShared: tellsShared(identity.filesystem.type) }),
    cache: compareCaches(model, claims, { page, tellsDirty: tellsDirty(identity.filesystem.type) }),
    seek: data ? compareSeek(model, data, size, { block, page, looksIntoCache: looksIntoCache(identity.filesystem.type) }) : [],
    known: sharesOf(model, page),
  };
}

export const isSame = ({ differences, cache, seek }: Judgement): boolean => differences.length + cache.length + seek.length === 0;
