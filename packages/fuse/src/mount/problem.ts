import { type Problem, problem } from '@mapscope/shared/units';
import { Errno, errnoName } from '@mapscope/shared/wire';

/** What went wrong with a mount, in words: one sentence and the way out. */

const insideContainer = 'In a container: start it with --device /dev/fuse --cap-add SYS_ADMIN';

export function deviceProblem(errno: number): Problem {
  switch (-errno) {
    case Errno.ENOENT:
    case Errno.ENXIO:
    case Errno.ENODEV:
      return problem('E_FUSE_MISSING', 'there is no /dev/fuse here', `Load the module: modprobe fuse. ${insideContainer}`);
    case Errno.EACCES:
    case Errno.EPERM:
      return problem(
        'E_FUSE_PERMISSION',
        '/dev/fuse may not be opened by this user',
        `Run as root, or let everyone open it, as udev does: chmod 666 /dev/fuse. ${insideContainer}`,
      );
    default:
      return problem('E_FUSE_MISSING', `/dev/fuse cannot be opened: ${errnoName(errno)}`, 'See what the kernel says: dmesg | tail');
  }
}

export function targetProblem(target: string, code: string | undefined): Problem {
  switch (code) {
    case 'ENOENT':
      return problem('E_MOUNT_POINT_MISSING', `the mount point ${target} does not exist`, `Make it: mkdir -p ${target}`);
    case 'ENOTDIR':
      return problem(
        'E_MOUNT_POINT_NOT_DIRECTORY',
        `the mount point ${target} is not a directory`,
        'Name a directory; it need not be empty',
      );
    case 'EACCES':
      return problem(
        'E_MOUNT_POINT_PERMISSION',
        `the mount point ${target} cannot be reached by this user`,
        'Name a directory of your own',
      );
    case 'ENOTCONN':
      return problem(
        'E_MOUNT_POINT_DEAD',
        `the mount point ${target} lies beneath a FUSE mount whose server is gone`,
        'Unmount that one first: findmnt -t fuse',
      );
    default:
      return problem(
        'E_MOUNT_POINT_UNUSABLE',
        `the mount point ${target} cannot be used: ${code ?? 'unknown error'}`,
        'Name another directory',
      );
  }
}

export const takenProblem = (target: string, source: string): Problem =>
  problem(
    'E_MOUNT_POINT_TAKEN',
    `${target} is a FUSE mount already (${source})`,
    `Name another directory, or end what serves it: mapscope stop, or umount ${target}`,
  );

export const deadProblem = (target: string, source: string): Problem =>
  problem(
    'E_MOUNT_POINT_DEAD',
    `${target} is a FUSE mount (${source}) whose server is gone`,
    `Remove it: mapscope cleanup, or umount ${target} (a plain user: fusermount3 -u ${target})`,
  );

export function mountProblem(target: string, errno: number): Problem {
  switch (-errno) {
    case Errno.EPERM:
    case Errno.EACCES:
      return problem(
        'E_MOUNT_PERMISSION',
        `the kernel does not let this process mount on ${target}`,
        `CAP_SYS_ADMIN is missing. ${insideContainer}`,
      );
    case Errno.ENODEV:
      return problem('E_FUSE_MISSING', 'this kernel knows no filesystem called fuse', 'Load the module: modprobe fuse');
    case Errno.ENOENT:
    case Errno.ENOTDIR:
      return targetProblem(target, errnoName(errno));
    default:
      return problem('E_MOUNT_FAILED', `mounting on ${target} failed: ${errnoName(errno)}`, 'See what the kernel says: dmesg | tail');
  }
}

export const helperMissing = (): Problem =>
  problem(
    'E_FUSERMOUNT_MISSING',
    'a plain user mounts through fusermount3, which is not installed',
    'Install it: apt-get install -y fuse3; or run as root',
  );

/** What fusermount3 said on standard error, and what helps against each. */
const refusals: readonly (readonly [said: RegExp, code: string, help: string])[] = [
  [/determine username/, 'E_NO_USERNAME', 'Give this user an entry in /etc/passwd, or run as root'],
  [/user_allow_other/, 'E_ALLOW_OTHER', 'Write the line user_allow_other into /etc/fuse.conf, or mount without allowing others'],
  [/no write access/, 'E_MOUNT_POINT_PERMISSION', 'Name a directory of your own'],
  [/\/dev\/fuse.*(denied|permitted)/i, 'E_FUSE_PERMISSION', `Let everyone open it, as udev does: chmod 666 /dev/fuse. ${insideContainer}`],
  [/\/dev\/fuse|device not found/, 'E_FUSE_MISSING', `Load the module: modprobe fuse. ${insideContainer}`],
  [/too many FUSE filesystems/, 'E_MOUNT_LIMIT', 'Unmount some, or raise mount_max in /etc/fuse.conf'],
  [/busy/i, 'E_MOUNT_BUSY', 'Close what is open on it (fuser -vm PATH shows who), or detach it'],
  [
    /not permitted|denied/i,
    'E_MOUNT_PERMISSION',
    `fusermount3 must be setuid root: chmod u+s "$(command -v fusermount3)". ${insideContainer}`,
  ],
];

export function refusalProblem(said: string): Problem {
  const sentence =
    said
      .trim()
      .replace(/^fusermount3: /, '')
      .replace(/\s+/g, ' ') || 'no reason given';
  const [, code, help] = refusals.find(([pattern]) => pattern.test(said)) ?? [
    undefined,
    'E_FUSERMOUNT_REFUSED',
    'See man fusermount3 and /etc/fuse.conf',
  ];
  return problem(code, `fusermount3 refused: ${sentence}`, help);
}

export const slowHelper = (waitMs: number): Problem =>
  problem(
    'E_FUSERMOUNT_TIMEOUT',
    `fusermount3 did not finish within ${waitMs} ms`,
    'End what serves the mount: its connection is aborted then',
  );

export const notMounted = (target: string): Problem =>
  problem('E_NOT_MOUNTED', `${target} is not a FUSE mount`, 'findmnt -t fuse lists what is');

export function unmountProblem(target: string, errno: number): Problem {
  switch (-errno) {
    case Errno.EBUSY:
      return problem('E_MOUNT_BUSY', `${target} is in use`, `Close what is open on it (fuser -vm ${target} shows who), or detach it`);
    case Errno.EPERM:
    case Errno.EACCES:
      return problem('E_MOUNT_PERMISSION', `the kernel does not let this process unmount ${target}`, 'Run as root');
    case Errno.ETIMEDOUT:
      return problem(
        'E_UNMOUNT_TIMEOUT',
        `unmounting ${target} did not finish: its server does not take the dirty pages`,
        'Abort its connection; dirty pages are lost then',
      );
    case Errno.EINVAL:
      return notMounted(target);
    default:
      return problem('E_UNMOUNT_FAILED', `unmounting ${target} failed: ${errnoName(errno)}`, 'See what the kernel says: dmesg | tail');
  }
}

export const connectionGone = (connection: number): Problem =>
  problem('E_NO_CONNECTION', `there is no FUSE connection ${connection}`, 'It has ended already');

export const abortForbidden = (connection: number, why: string): Problem =>
  problem(
    'E_ABORT_PERMISSION',
    `FUSE connection ${connection} cannot be aborted by this user: ${why}`,
    'Run as root, or end the process that serves it',
  );
