import { Errno, errnoName, fiemap, fiemapRequestFlags } from '@mapscope/shared/wire';
import { isFlaw } from '@mapscope/shared/units';
import { type Refused, refused } from '../../host/index.ts';

/** Why FIEMAP was refused, and what helps. `head` begins with the `struct fiemap` as the kernel left it. */
export function fiemapRefused(file: string, errno: number, head: Uint8Array): Refused {
  const say = (code: string, why: string, help: string): Refused => refused(code, `${file} ${why}`, help);
  switch (errno) {
    case Errno.EOPNOTSUPP:
    case Errno.ENOTTY:
      return say(
        'E_NO_FIEMAP',
        'lies on a filesystem without FIEMAP',
        'ext4, XFS, btrfs and f2fs have it; a file on a mount of mapscope is asked of its agent, which must be running, by the user who started it.',
      );
    case Errno.EBADR: {
      const left = fiemap.read(head);
      const names = isFlaw(left) ? '' : ` ${fiemapRequestFlags.print(left.fm_flags)}`;
      return say('E_FIEMAP_FLAGS', `lies on a filesystem that does not know the FIEMAP flags${names}`, 'Ask without them.');
    }
    case Errno.EPERM:
    case Errno.EACCES:
      return say(
        'E_PERMISSION',
        `may not be mapped by this process (${errnoName(errno)})`,
        'Run mapscope as root; in a container its seccomp profile may refuse FIEMAP: run it outside, or with --security-opt seccomp=unconfined.',
      );
    default:
      return say('E_FIEMAP', `cannot be mapped: FIEMAP answers ${errnoName(errno)}`, 'Try again; `dmesg` may say more.');
  }
}
