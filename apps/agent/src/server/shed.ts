import { chmodSync, chownSync } from 'node:fs';
import { constants } from 'node:os';
import { dropPrivileges } from '@mapscope/native';
import { errnoName } from '@mapscope/shared/wire';
import { refused } from '../host/index.ts';

/** Nobody owns nothing. Fact: Debian's base-passwd, and the kernel's overflow ids. */
const NOBODY = 65_534;

/**
 * Gives up, for good and in every thread, whatever this process could do beyond what it still has to: write recordings into `folder`. As root it
 * becomes nobody, and `folder` becomes the root of all it can open; a plain user keeps his ids, without capabilities and without a way to any.
 * What was opened before stays open. Throws E_PRIVILEGES: then nothing may be served.
 */
export function shed(folder: string): void {
  if (process.geteuid?.() !== 0) {
    process.chdir(folder);
    return orThrow(dropPrivileges());
  }
  chownSync(folder, NOBODY, NOBODY);
  chmodSync(folder, 0o700);
  const whole = dropPrivileges({ uid: NOBODY, gid: NOBODY, root: folder });
  // A container may keep chroot from its root; nothing has been given up yet then.
  if (whole !== -constants.errno.EPERM || process.geteuid() !== 0) return orThrow(whole);
  process.chdir(folder);
  orThrow(dropPrivileges({ uid: NOBODY, gid: NOBODY }));
}

function orThrow(result: number): void {
  if (result < 0)
    throw refused(
      'E_PRIVILEGES',
      `the server cannot give up its privileges (${errnoName(-result)})`,
      'Run mapscope as a plain user, or as real root',
    );
}
