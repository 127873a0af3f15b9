import { addHole, common, type Holes } from '../holes.ts';
import type { Inode } from '../inode.ts';

/** A writeback of pages of a file by a task, between the events of its begin and end. */
export interface Submission {
  readonly inode: Inode;
  readonly pid: number;
  /** Bytes, folio by folio. */
  readonly from: bigint;
  readonly to: bigint;
  /** Pages that it may write. */
  readonly most: bigint;
  /**
   * It has noted which pages are dirty and writes no others: then a page that becomes dirty meanwhile stays so. Otherwise its turn may still come.
   * Fact: tag_pages_for_writeback, mm/page-writeback.c.
   */
  isTagged: boolean;
  /**
   * It gives no places. Kernels from 6.4 on write what has one of a page and make the rest dirty again, older ones pass over a page of which every dirty
   * block waits for a place. Fact: can_map in mpage_prepare_extent_to_map, fs/ext4/inode.c.
   */
  readonly passesOver: boolean;
  /** It waits for pages that are being written already; else it passes them by. */
  readonly waits: boolean;
  /** What became dirty meanwhile and is so at the end, and what may be or not. */
  readonly redirtied: Holes;
  readonly doubted: Holes;
}

/** WB_SYNC_ALL. Fact: enum writeback_sync_modes, include/linux/writeback.h. */
export const SYNC_ALL = 1;

/**
 * A clean folio became dirty while the file is written back. True: whoever writes it back had taken it before. That is so of what the task dirties itself, as it
 * does with a page of which it could write only a part, and of every page where it writes only what was dirty before.
 */
export function dirtiedMeanwhile({ submitting, inFlight, overtaken }: Inode, pid: number, from: bigint, to: bigint): boolean {
  let isTaken = false;
  for (const [start, end] of common(from, to, inFlight)) addHole(overtaken, start, end);
  for (const { pid: writer, isTagged, redirtied, doubted } of submitting) {
    const stays = pid === writer || isTagged;
    addHole(stays ? redirtied : doubted, from, to);
    isTaken ||= stays;
  }
  return isTaken;
}
