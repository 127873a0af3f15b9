import { type Stats, closeSync, constants, fstatSync, ftruncateSync, openSync } from 'node:fs';
import type { Random } from './random.ts';

/** One thing that a program does to a file again and again, in steps that can be followed one by one. */
export interface Scene {
  readonly name: string;
  /** One step: a system call or two. Throws what the system says. */
  step(): void;
  /** Gives its space back, so that the steps can go on when the devices are full. */
  recycle(): void;
  close(): void;
}

/** How large a scene grows before it begins again, as a factor: 1 for the eye, more under load. */
export interface Stage {
  /** The mount. */
  readonly folder: string;
  readonly random: Random;
  readonly size: number;
}

/** What opens a scene: throws what the system says where its files cannot be had. */
export type Play = (stage: Stage) => Scene;

export const KIB = 1024;
export const MIB = 1024 * KIB;

/**
 * A file of a scene, made where it is not there; `flags` say how it is opened. The folders of the mount are open to all: what stands there under its name may
 * be somebody else's trap for root, so no link is followed, nothing is waited for, and only a regular file will do (EEXIST).
 */
export function openFile(path: string, flags: number): number {
  const { O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants,
    fd = openSync(path, flags | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o644);
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw Object.assign(new Error(`${path} is no regular file`), { code: 'EEXIST' });
}

export const sizeOf = (fd: number): number => (fstatSync(fd) as Stats).size;

export const empty = (fd: number): void => ftruncateSync(fd, 0);
