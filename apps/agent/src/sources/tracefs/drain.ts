import { monotonic, read } from '@mapscope/native';
import { type PageShape, type PushLane, RecordPage } from '@mapscope/shared/wire';
import type { CpuBuffer } from './instance.ts';

const EAGAIN = -11;
/** A CPU that could be plugged in, and has not been since the buffers were made. Fact: ring_buffer_alloc_read_page, kernel/trace/ring_buffer.c. */
const ENODEV = -19;
/** Pages taken from one CPU at a time, so that a CPU that writes faster than we read does not keep us: it loses records instead, counted. */
const MOST_PAGES = 4096;
/** Pages kept to be used again, 12 KiB each: more were needed once, when others kept us from reading for long. */
const MOST_FREE = 512;

/** Reads ring buffers into lanes, through pages that are used again. */
export class Drain {
  /** Pages that were read so far. */
  pages = 0;
  /** Records in those of the last call. */
  records = 0;
  /** Of those of the last call, pages that were there already when it began. */
  held = 0;
  private readonly free: RecordPage[] = [];
  private readonly shape: PageShape;

  constructor(shape: PageShape) {
    this.shape = shape;
  }

  /** Reads what a CPU has, without blocking. Answers 0, or the negative errno that ended it. */
  read({ fd }: CpuBuffer, lane: PushLane): number {
    const start = monotonic();
    this.held = 0;
    this.records = 0;
    for (let n = 0; n < MOST_PAGES; n++) {
      const page = this.free.pop() ?? this.page(),
        { buffer } = page.view,
        got = read(fd, new Uint8Array(buffer));
      if (got <= 0) {
        this.release(page);
        return got === EAGAIN || got === ENODEV ? 0 : got;
      }
      this.pages++;
      page.decode(new DataView(buffer, 0, got), 0);
      this.records += page.count;
      if (page.count === 0 || page.times[0]! < start) this.held++;
      if (!lane.push(page)) this.release(page);
    }
    return 0;
  }

  /** Takes back a page whose records are all taken. */
  release(page: RecordPage): void {
    if (this.free.length < MOST_FREE) this.free.push(page);
  }

  /** A page with bytes of its own. */
  private page(): RecordPage {
    const page = new RecordPage(this.shape);
    page.view = new DataView(new ArrayBuffer(this.shape.size));
    return page;
  }
}
