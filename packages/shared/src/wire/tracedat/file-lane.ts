import { flaw } from '../../units/index.ts';
import { addLost, type Lane } from '../ftrace-lane.ts';
import { type PageShape } from '../ftrace-page.ts';
import { RecordPage } from '../ftrace-records.ts';
import { type Block, blocksOf } from './blocks.ts';
import { viewOf } from './bytes.ts';
import type { TraceDat } from './open.ts';
import type { CpuData } from './parts.ts';

/** The records of one CPU in a file. One page at a time is decoded, and some pages are in memory, however long the file is. */
export class FileLane implements Lane {
  readonly cpu: number;
  last = 0n;
  private current: RecordPage | undefined;
  private readonly page: RecordPage;
  private readonly trace: TraceDat;
  private readonly blocks: Iterator<Block, undefined>;
  private block: Block | undefined;
  private view: DataView = new DataView(new ArrayBuffer(0));
  private at = 0;
  /** Lost before the next record. */
  private owed = 0n;

  constructor(trace: TraceDat, data: CpuData, shape: PageShape) {
    this.cpu = data.cpu;
    this.trace = trace;
    this.page = new RecordPage(shape);
    this.blocks = blocksOf(trace, data, shape.size, (found) => trace.parts.tell(found));
    this.advance();
  }

  get head(): RecordPage | undefined {
    return this.current;
  }

  shift(): RecordPage {
    this.advance();
    return this.page;
  }

  /** What was lost behind the last record, once no record is left. */
  takeTail(): bigint {
    const { owed } = this;
    this.owed = 0n;
    return owed;
  }

  /** On to the next page that has a record. */
  private advance(): void {
    const { page } = this;
    this.current = undefined;
    while (this.find()) {
      page.decode(this.view, this.at);
      this.at += page.shape.size;
      this.owed = addLost(this.owed, page.lost);
      const isFound = page.count > 0;
      if (isFound) {
        page.lost = this.owed;
        this.owed = 0n;
      }
      if (page.damagedAt !== undefined) this.damaged(page.damagedAt);
      if (!isFound) continue;
      scaleTimes(page, this.trace);
      this.current = page;
      return;
    }
  }

  /** Whether there is a page at `at`, in this block or the next one. */
  private find(): boolean {
    while (this.at >= this.view.byteLength) {
      const next = this.blocks.next();
      if (next.done) return false;
      this.block = next.value;
      this.view = viewOf(this.block.bytes);
      this.at = 0;
      if (this.block.isTorn) this.owed = -1n;
    }
    return true;
  }

  /** The records behind the damage are lost, and nobody knows how many. */
  private damaged(at: number): void {
    this.owed = -1n;
    this.trace.parts.tell(
      flaw({
        code: 'E_PAGE',
        at: this.block?.placeOf(at) ?? at,
        field: `page of CPU ${this.cpu}`,
        found: 'no record',
        allowed: 'records up to the commit of the page',
      }),
    );
  }
}

/** Stamps to nanoseconds, where the clock counts something else, and moved as the file says. Fact: spec/protocol.md 7.4, options 1, 7 and 14. */
function scaleTimes({ times, count }: RecordPage, { parts: { scale, offset } }: TraceDat): void {
  if (!scale && offset === 0n) return;
  for (let i = 0; i < count; i++) {
    const time = times[i]!;
    // Stored as u64: the array wraps.
    times[i] = (scale ? (time * scale.mult) >> scale.shift : time) + offset;
  }
}
