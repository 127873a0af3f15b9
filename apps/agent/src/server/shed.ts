import { closeSync, constants as fsFlags, fchmodSync, fchownSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { confineWrites, dropPrivileges } from '@mapscope/native';
import { errnoName } from '@mapscope/shared/wire';
import { refused } from '../host/index.ts';

/** Nobody owns nothing. Fact: Debian's base-passwd, and the kernel's overflow ids. */
const NOBODY = 65_534;

/**
 * Gives up, for good and in every thread, whatever this process could do beyond what it still has to: write recordings into `folder`. As root it
 * becomes nobody, and `folder` becomes the root of all it can open; a plain user keeps his ids, without capabilities and without a way to any, and
 * where the kernel has Landlock he writes nowhere else. What was opened before stays open. Throws E_PRIVILEGES: then nothing may be served.
 */
export function shed(folder: string): void {
  if (process.geteuid?.() !== 0) {
    process.chdir(folder);
    orThrow(dropPrivileges());
    return confine(folder);
  }
  giveAway(folder);
  const whole = dropPrivileges({ uid: NOBODY, gid: NOBODY, root: folder });
  // A container may keep chroot from its root; nothing has been given up yet then.
  if (whole !== -constants.errno.EPERM || process.geteuid() !== 0) return orThrow(whole);
  process.chdir(folder);
  orThrow(dropPrivileges({ uid: NOBODY, gid: NOBODY }));
  confine(folder);
}

/** Kernels before 5.13, and those that were built or started without Landlock, have no such bounds. */
function confine(folder: string): void {
  const { ENOSYS, EOPNOTSUPP } = constants.errno,
    confined = confineWrites(folder);
  if (confined !== -ENOSYS && confined !== -EOPNOTSUPP) orThrow(confined);
}

/** The folder itself: what a link leads to is not ours to give. */
function giveAway(folder: string): void {
  const fd = openSync(folder, fsFlags.O_RDONLY | fsFlags.O_DIRECTORY | fsFlags.O_NOFOLLOW);
  try {
    fchownSync(fd, NOBODY, NOBODY);
    fchmodSync(fd, 0o700);
  } finally {
    closeSync(fd);
  }
}

function orThrow(result: number): void {
  if (result < 0)
    throw refused(
      'E_PRIVILEGES',
      `the server cannot give up its privileges (${errnoName(-result)})`,
      'Run mapscope as a plain user, or as real root',
    );
}
