import { minBig, U64_MAX } from '../../units/index.ts';
import { bigintOf, bytesOf, type FtraceFormat, numberOf } from '../../wire/index.ts';
import { tellUnknown } from '../folio-rules.ts';
import type { Inode } from '../inode.ts';
import type { Moment } from '../ops.ts';
import type { Handle, Rule, Scene } from '../rule.ts';

/**
 * btrfs keeps a tree of states of each inode's ranges, and whatever changes a file's map, what is dirty of it or what is cached changes states there: a write, writeback, the end
 * of it, a truncation, a clone, a page that is dropped. The bits have other numbers in each kernel and no names in the format, so nothing is claimed: what was known of the range is
 * doubted, and who may ask, asks. Reads and FIEMAP calls change them too. Fact: fs/btrfs/extent-io-tree.c.
 */
export const rangeRules: readonly Rule[] = [
  ...['btrfs_set_extent_bit', 'btrfs_clear_extent_bit', 'btrfs_convert_extent_bit'].map((event): Rule => ({
    system: 'btrfs',
    event,
    use: changed,
  })),
  { system: 'btrfs', event: 'btrfs_inode_evict', use: evicted },
];

const OF_INODES = 'INODE_IO';

function changed(format: FtraceFormat, scene: Scene): Handle | undefined {
  const fsid = bytesOf(format, 'fsid'),
    owner = numberOf(format, 'owner'),
    ino = bigintOf(format, 'ino'),
    root = bigintOf(format, 'rootid'),
    start = bigintOf(format, 'start'),
    length = bigintOf(format, 'len'),
    ofInodes = format.symbols.get('owner')?.entries.find(([, name]) => name === OF_INODES)?.[0];
  if (!fsid || !owner || !ino || !root || !start || !length || ofInodes === undefined) return undefined;
  const wanted = Number(ofInodes);
  return (view, at, size, moment) => {
    if (owner(view, at) !== wanted || scene.ownPids.has(moment.pid)) return;
    const inode = scene.inodes.findByFsid(fsid(view, at, size), ino(view, at), root(view, at));
    if (!inode) return;
    const from = start(view, at),
      to = from + length(view, at);
    // The end of the last range does not fit.
    doubt(scene, moment, inode, from, to > from ? minBig(to, U64_MAX) : U64_MAX);
  };
}

/** It leaves memory, with all that is cached of it. */
function evicted(format: FtraceFormat, scene: Scene): Handle | undefined {
  const fsid = bytesOf(format, 'fsid'),
    ino = bigintOf(format, 'ino'),
    root = bigintOf(format, 'root_objectid');
  if (!fsid || !ino || !root) return undefined;
  return (view, at, size, moment) => {
    const inode = scene.inodes.findByFsid(fsid(view, at, size), ino(view, at), root(view, at));
    if (inode) doubt(scene, moment, inode, 0n, U64_MAX);
  };
}

function doubt({ claims, rows }: Scene, moment: Moment, inode: Inode, from: bigint, to: bigint): void {
  claims.doubt(moment, inode, 0, from, to);
  claims.doubtPending(moment, inode, 0, from, to);
  tellUnknown(rows, moment, inode, from, to);
}
