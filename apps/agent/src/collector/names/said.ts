import type { Problem } from '@mapscope/shared/units';
import type { FileIdentity, Filesystem } from '../../host/index.ts';
import { textOf } from '../watch/path-text.ts';
import type { Was } from '../watch/paths.ts';

/*
 * Lines of JSON between the collector and the process that asks a FUSE mount for its names (`main.ts`). A path is text of one character a byte, a number of 64 bits a decimal string.
 * Down goes one line, `Asked`; then nothing until the end of the pipe, which ends it.
 */
export interface Asked {
  readonly paths: readonly string[];
  /** What lies at or below these is passed over. */
  readonly except: readonly string[];
}

export type Said =
  /** Its threads: first of all, before it asks for anything. */
  | { readonly threads: readonly number[] }
  /** The filesystem of a path that was asked for; `blockSize` of statfs(2). */
  | { readonly on: Filesystem; readonly blockSize: number; readonly isFolder: boolean }
  | { readonly found: SaidFile }
  /** The size of a file that was written to. */
  | { readonly sized: { readonly path: string; readonly dev: string; readonly ino: string; readonly size: string } }
  | { readonly left: string; readonly was: Was }
  /** Everything that is there has been met. */
  | { readonly begun: true }
  | { readonly refused: Problem }
  /** Whether an answer of the server has been waited for for long. */
  | { readonly isSilent: boolean };

export interface SaidFile {
  readonly path: string;
  /** st_dev. */
  readonly dev: string;
  readonly ino: string;
  readonly size: string;
  readonly mode: number;
  readonly blockSize: number;
  readonly generation: number | null;
  readonly on: Filesystem;
}

export const saidOf = (path: Uint8Array, dev: bigint, { ino, size, mode, blockSize, generation, filesystem }: FileIdentity): SaidFile => ({
  path: textOf(path),
  dev: String(dev),
  ino: String(ino),
  size: String(size),
  mode,
  blockSize,
  generation,
  on: filesystem,
});

/** The identity of a regular file, and its st_dev. */
export const identityOf = ({ dev, ino, size, on, ...said }: SaidFile): readonly [FileIdentity, bigint] => [
  {
    filesystem: on,
    root: 0n,
    ino: BigInt(ino),
    size: BigInt(size),
    isRegular: true,
    mode: said.mode,
    blockSize: said.blockSize,
    generation: said.generation,
  },
  BigInt(dev),
];
