import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Run } from '../host/index.ts';
import type { ServerStart } from '../pipe/index.ts';

/** The recording that a run keeps: beside the images in `dir`, or in the state folder for as long as the run lives. 0 bytes: none. */
export function placeSpool(dir: string | undefined, bytes: number, stateDir: string, run: Run): ServerStart['spool'] {
  if (bytes === 0) return null;
  const folder = dir === undefined ? join(stateDir, 'spool', run.id) : join(dir, 'recording');
  if (dir === undefined) run.note({ temp: [...run.record().temp, folder] });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return { folder, bytes };
}
