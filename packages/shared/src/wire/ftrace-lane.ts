import type { RecordPage } from './ftrace-records.ts';

/** The records of one CPU in order of time, page after page: what `merge` takes from. */
export interface Lane {
  readonly cpu: number;
  /** Time of the newest record taken: what was lost since was lost after it. */
  last: bigint;
  /** The page whose `next` record is the lane's earliest; undefined: nothing is there now. */
  readonly head: RecordPage | undefined;
  /** Drops the head, whose records are all taken; answers it. */
  shift(): RecordPage;
}

/** A lane whose pages are pushed as they come: a live ring buffer. */
export class PushLane implements Lane {
  readonly cpu: number;
  last: bigint;
  private pages: RecordPage[] = [];
  private front = 0;
  /** Lost before a page that had no record of its own. */
  private owed = 0n;

  constructor(cpu: number, since: bigint) {
    this.cpu = cpu;
    this.last = since;
  }

  /** Takes over a decoded page; answers false when it holds nothing, so that the page is free. */
  push(page: RecordPage): boolean {
    const before = addLost(this.owed, page.lost),
      isHeld = page.count > 0;
    // Behind damage the rest of a page is lost, and nobody knows how much.
    const behind = page.damagedAt === undefined ? 0n : -1n;
    this.owed = isHeld ? behind : addLost(before, behind);
    if (!isHeld) return false;
    page.lost = before;
    this.pages.push(page);
    return true;
  }

  get head(): RecordPage | undefined {
    return this.pages[this.front];
  }

  shift(): RecordPage {
    const page = this.pages[this.front++]!;
    if (this.front === this.pages.length) {
      this.pages = [];
      this.front = 0;
    }
    return page;
  }

  /** What was lost before no record at all. */
  takeOwed(): bigint {
    const owed = this.owed;
    this.owed = 0n;
    return owed;
  }
}

/** -1n is "some": it makes every sum "some". */
export const addLost = (a: bigint, b: bigint): bigint => (a < 0n || b < 0n ? -1n : a + b);
