import { type Stats, fstatSync, ftruncateSync } from 'node:fs';
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

export type Play = (stage: Stage) => Scene;

export const KIB = 1024;
export const MIB = 1024 * KIB;

export const sizeOf = (fd: number): number => (fstatSync(fd) as Stats).size;

export const empty = (fd: number): void => ftruncateSync(fd, 0);
