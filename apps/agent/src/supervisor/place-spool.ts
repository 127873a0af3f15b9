import { lstatSync, readdirSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, refused, type Run, sayError } from '../host/index.ts';
import type { ServerStart } from '../pipe/index.ts';

/**
 * The recording that a run keeps: beside the images in `kept` (absolute), or in the state folder for as long as the run lives. 0 bytes: none. Throws E_SPOOL.
 * The server is given the folder for its own, so a link to one of somebody else's will not do.
 */
export function placeSpool(kept: string | undefined, bytes: number, stateDir: string, run: Run): ServerStart['spool'] {
  if (bytes === 0) return null;
  const folder = kept === undefined ? join(stateDir, 'spool', run.id) : join(kept, 'recording');
  if (kept === undefined) run.note({ temp: [...run.record().temp, folder] });
  try {
    makeFolder(folder);
    if (!lstatSync(folder).isDirectory()) throw new Error('it is a link');
    if (segmentsIn(folder).length > 0) putAside(folder);
    return { folder, bytes };
  } catch (error) {
    throw refused(
      'E_SPOOL',
      `${folder} cannot keep the recording: ${sayError(error)}`,
      'Make it an empty folder, or start with --spool off',
      error,
    );
  }
}

const segmentsIn = (folder: string): readonly string[] => readdirSync(folder).filter((name) => /^\d{6,}\.mapscope$/.test(name));

/** What an earlier run has recorded becomes `recording.1`, so that nobody takes segments of two runs for one recording; the one before it is lost. */
function putAside(folder: string): void {
  const aside = `${folder}.1`;
  if (lstatSync(aside, { throwIfNoEntry: false })) {
    // By name: whatever else somebody has put there is not ours to remove.
    for (const name of segmentsIn(aside)) unlinkSync(join(aside, name));
    rmdirSync(aside);
  }
  renameSync(folder, aside);
  makeFolder(folder);
}
