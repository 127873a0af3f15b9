import { lacking, notBuilt, type Standing } from '../../host/index.ts';
import type { Probe } from '../source.ts';

/** Whether GETFSMAP tells owners here: it exists on ext4 and XFS, and tells free space to anybody. */
export function probeFsmap(here: Standing): Probe {
  const built = notBuilt(['EXT4_FS', 'XFS_FS'], here),
    privilege = lacking('SYS_ADMIN', here);
  if (built) return { ok: false, ...built };
  return privilege ? { ok: false, why: `owners are told as UNKNOWN: ${privilege.why}`, remedy: privilege.remedy } : { ok: true };
}
