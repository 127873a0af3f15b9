import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What the set-up needs from the distribution: how to see that it is there, its Debian package, what it is for. */
export const needs = {
  start: [{ has: () => onPath('g++') || onPath('c++'), package: 'g++', for: 'compiling the native addon' }],
  startAsUser: [{ has: () => onPath('fusermount3'), package: 'fuse3', for: 'mounting without root' }],
  test: [
    { has: () => onPath('chromium'), package: 'chromium', for: 'browser tests' },
    { has: () => existsSync('/usr/share/fonts/truetype/dejavu'), package: 'fonts-dejavu-core', for: 'browser tests' },
    { has: () => onPath('fusermount3'), package: 'fuse3', for: 'tests as a plain user' },
    { has: () => onPath('fio'), package: 'fio', for: 'exercising the mount' },
    { has: () => onPath('sqlite3'), package: 'sqlite3', for: 'exercising the mount' },
    { has: () => onPath('git'), package: 'git', for: 'exercising the mount' },
    { has: () => onPath('fallocate'), package: 'util-linux', for: 'exercising the mount' },
    { has: () => onPath('mkfs.xfs'), package: 'xfsprogs', for: 'FIEMAP on XFS' },
    { has: () => onPath('mkfs.ext4'), package: 'e2fsprogs', for: 'FIEMAP on ext4' },
    { has: () => onPath('mkfs.btrfs'), package: 'btrfs-progs', for: 'FIEMAP on btrfs' },
    { has: () => onPath('setpriv'), package: 'util-linux', for: 'tests as a plain user' },
    { has: () => onPath('python3'), package: 'python3', for: 'programs that map files of the mount' },
    { has: () => onPath('strace'), package: 'strace', for: 'seeing what the collector touches' },
    { has: () => onPath('qemu-system-x86_64'), package: 'qemu-system-x86', for: 'the 6.1 guest' },
    { has: () => onPath('busybox'), package: 'busybox-static', for: 'the 6.1 guest' },
    { has: () => onPath('cpio'), package: 'cpio', for: 'the 6.1 guest' },
    { has: () => onPath('modprobe'), package: 'kmod', for: 'the 6.1 guest' },
  ],
  bench: [
    { has: () => existsSync('/usr/include/fuse3/fuse.h'), package: 'libfuse3-dev', for: "building libfuse's passthrough_ll as a peer" },
    { has: () => onPath('pkg-config'), package: 'pkg-config', for: "building libfuse's passthrough_ll as a peer" },
    { has: () => onPath('fio'), package: 'fio', for: 'measuring the mount' },
    { has: () => onPath('xfs_io'), package: 'xfsprogs', for: 'measuring FIEMAP and GETFSMAP against xfs_io' },
    { has: () => onPath('filefrag'), package: 'e2fsprogs', for: 'measuring FIEMAP against filefrag' },
    { has: () => onPath('trace-cmd'), package: 'trace-cmd', for: 'measuring imports next to its report' },
  ],
};

export function onPath(program) {
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'])
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      // not in this folder
    }
  return false;
}

/**
 * Prints the exact line that installs what is missing, and runs it as root on Debian unless `install` is false.
 * Answers the needs that are still missing afterwards.
 */
export function provide(list, { install, say }) {
  const missing = list.filter((need) => !need.has());
  if (missing.length === 0) return [];
  const packages = [...new Set(missing.map((need) => need.package))];
  const reasons = [...new Set(missing.map((need) => need.for))].join(', ');
  if (!onPath('apt-get')) {
    say(`Missing for ${reasons}. On Debian the packages are called: ${packages.join(' ')}`);
    return missing;
  }
  const line = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  const isRoot = process.getuid?.() === 0;
  say(`Missing for ${reasons}:\n  ${isRoot ? '' : 'sudo '}${line}`);
  if (!install || !isRoot) return missing;
  const options = { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  const run = () => spawnSync('apt-get', line.split(' ').slice(1), options).status === 0;
  if (!run()) {
    // A new machine has no package lists, or old ones.
    spawnSync('apt-get', ['update'], options);
    run();
  }
  return missing.filter((need) => !need.has());
}
