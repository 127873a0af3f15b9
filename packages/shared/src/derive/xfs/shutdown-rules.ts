import { Kind } from '../../trace/index.ts';
import { ofKernelDev, sayDevice, U64_MAX, utf8 } from '../../units/index.ts';
import { type FtraceFormat, numberOf } from '../../wire/index.ts';
import { tellUnknown } from '../folio-rules.ts';
import type { Handle, Rule, Scene } from '../rule.ts';

/**
 * XFS gives itself up: its metadata makes no sense or cannot be written, or somebody wants it to. That it does so for an error of its log no event tells.
 * Fact: xlog_force_shutdown, fs/xfs/xfs_log.c.
 */
export const shutdownRules: readonly Rule[] = [{ system: 'xfs', event: 'xfs_force_shutdown', use: shut }];

/**
 * From here on it answers EIO to everybody, so nobody can ask it any more. What lies where once it is mounted again, its log says: changes that it did not get are
 * not so. Fact: xfs_do_force_shutdown, fs/xfs/xfs_fsops.c.
 */
function shut(format: FtraceFormat, { inodes, claims, rows }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev');
  if (!dev) return undefined;
  return (view, at, _, moment) => {
    const device = dev(view, at),
      volume = inodes.volume(device);
    if (!volume) return;
    for (const inode of inodes.all()) {
      if (inode.volume !== volume) continue;
      inode.forget();
      claims.doubt(moment, inode, 0, 0n, U64_MAX);
      claims.doubtPending(moment, inode, 0, 0n, U64_MAX);
      tellUnknown(rows, moment, inode, 0n, U64_MAX);
    }
    const i = rows.note(Kind.mark, moment.time),
      c = rows.columns;
    c.cpu[i] = moment.cpu;
    c.pid[i] = moment.pid;
    rows.text(utf8(`the filesystem on device ${sayDevice(ofKernelDev(device))} has shut itself down`));
  };
}
