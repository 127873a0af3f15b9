import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Standing } from '../host/index.ts';

/** Works, with what was seen; or why not, and the command that would help. */
export type Finding = { readonly ok: true; readonly seen: string } | { readonly ok: false; readonly why: string; readonly remedy: string };

export interface Probe {
  readonly name: string;
  /** What it is for. */
  readonly about: string;
  /** Without it nothing runs; the others only show less. */
  readonly isNeeded: (uid: number) => boolean;
  /** Looks, and leaves everything as it was. */
  readonly look: (place: ProbePlace) => Finding | Promise<Finding>;
}

export interface ProbePlace {
  readonly uid: number;
  readonly tmp: string;
  readonly path: string;
  readonly page: string;
  readonly here: Standing;
}

export const yes = (seen: string): Finding => ({ ok: true, seen });
export const no = (why: string, remedy: string): Finding => ({ ok: false, why, remedy });
export const always = (): boolean => true;
export const never = (): boolean => false;

/** Where a program is; undefined: it is not. */
export function onPath(program: string, path: string): string | undefined {
  for (const folder of [...path.split(delimiter), '/usr/sbin', '/sbin'].filter(Boolean))
    try {
      accessSync(join(folder, program), constants.X_OK);
      return join(folder, program);
    } catch {
      // Not in this folder.
    }
  return undefined;
}
