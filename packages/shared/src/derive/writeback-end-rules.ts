import { FolioState } from '../trace/index.ts';
import { U64_MAX } from '../units/index.ts';
import { bigintOf, type FtraceFormat, numberOf } from '../wire/index.ts';
import type { Inode } from './inode.ts';
import type { Moment } from './ops.ts';
import type { Rows } from './rows.ts';
import type { Handle, Rule, Scene } from './rule.ts';

/**
 * Whether any page of an inode is under writeback: told at the first and behind the last one, on every filesystem. It is all that tells of the end where no ioend does. Fact: both are
 * called with the tag in hand, __folio_start_writeback and folio_end_writeback in mm/.
 */
export const writebackEndRules: readonly Rule[] = [
  { system: 'writeback', event: 'sb_mark_inode_writeback', use: (format, scene) => edge(format, scene, began) },
  { system: 'writeback', event: 'sb_clear_inode_writeback', use: (format, scene) => edge(format, scene, ended) },
];

type Edge = (scene: Scene, inode: Inode, moment: Moment) => void;

function edge(format: FtraceFormat, scene: Scene, use: Edge): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino');
  if (!dev || !ino) return undefined;
  return (view, at, _, moment) => {
    const inode = scene.inodes.find(dev(view, at), ino(view, at));
    if (inode) use(scene, inode, moment);
  };
}

function began(_: Scene, inode: Inode): void {
  inode.isWritingBack = true;
}

function ended({ ioends, rows }: Scene, inode: Inode, moment: Moment): void {
  inode.landed();
  // What an ioend wrote ends with it: those are left whose block completion was not seen.
  if (inode.volume.filesystem === 'xfs') return ioends.settle(moment, inode, 0n, U64_MAX);
  tellWritten(rows, moment, inode, 0n, U64_MAX);
}

/** Nothing of the range is under writeback. Whoever was interrupted to hear of it has nothing to do with it. */
export const tellWritten = (rows: Rows, moment: Moment, inode: Inode, from: bigint, to: bigint): void =>
  void rows.folio({ ...moment, pid: 0 }, inode, FolioState.written, from, to - from);

/** What was dirty in the range is being written. */
export const tellSubmitted = (rows: Rows, moment: Moment, inode: Inode, from: bigint, to: bigint): void =>
  void rows.folio(moment, inode, FolioState.submitted, from, to - from);
