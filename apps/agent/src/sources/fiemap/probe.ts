import { lacking, notBuilt, openToAsk, Refused, type Standing } from '../../host/index.ts';
import { closeSync } from 'node:fs';
import type { Probe } from '../source.ts';
import { mapOf } from './pages.ts';

/** Whether FIEMAP may be asked at all, tried on our own program. Which filesystems have it is known only of each file. */
export async function probeFiemap(): Promise<Probe> {
  const fd = openToAsk(process.execPath);
  try {
    await mapOf(fd, { file: process.execPath, most: 1 });
    return { ok: true };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return error.problem.code === 'E_PERMISSION' ? { ok: false, why: error.problem.message, remedy: error.problem.help } : { ok: true };
  } finally {
    closeSync(fd);
  }
}

/** Whether addresses of btrfs become places on devices here. */
export function probeChunkTree(here: Standing): Probe {
  const built = notBuilt(['BTRFS_FS'], here),
    privilege = lacking('SYS_ADMIN', here);
  if (built) return { ok: false, ...built };
  return privilege ? { ok: false, why: `addresses of btrfs stay logical: ${privilege.why}`, remedy: privilege.remedy } : { ok: true };
}
