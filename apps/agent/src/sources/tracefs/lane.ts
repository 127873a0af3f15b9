import { decodePage, type PageShape } from '@mapscope/shared/wire';

/** A page of one CPU's ring buffer with the places of its records. Pages are used again and again: nothing is allocated while tracing. */
export class Page {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly times: BigUint64Array;
  readonly places: Uint32Array;
  readonly sizes: Uint32Array;
  count = 0;
  /** The record to take next. */
  next = 0;
  /** Records lost before this page; see `PageFacts.lost`. */
  lost = 0n;
  private readonly shape: PageShape;
  private readonly visit = (at: number, size: number, time: bigint): void => {
    const i = this.count++;
    this.times[i] = time;
    this.places[i] = at;
    this.sizes[i] = size;
  };

  constructor(shape: PageShape) {
    // A record has a head of 4 bytes and at least 4 of data.
    const most = Math.ceil(shape.size / 8);
    this.shape = shape;
    this.bytes = new Uint8Array(shape.size);
    this.view = new DataView(this.bytes.buffer);
    this.times = new BigUint64Array(most);
    this.places = new Uint32Array(most);
    this.sizes = new Uint32Array(most);
  }

  /** Finds the records in the first `length` of `bytes`. */
  decode(length: number): void {
    this.count = 0;
    this.next = 0;
    const view = length === this.bytes.length ? this.view : new DataView(this.bytes.buffer, 0, length);
    this.lost = decodePage(view, 0, this.shape, this.visit).lost;
  }
}

/** The records of one CPU that were read and not taken yet, in order of time. */
export class Lane {
  readonly cpu: number;
  /** Time of the newest record taken: what was lost since was lost after it. */
  last: bigint;
  private pages: Page[] = [];
  private front = 0;
  /** Lost before a page that had no record of its own. */
  private owed = 0n;

  constructor(cpu: number, since: bigint) {
    this.cpu = cpu;
    this.last = since;
  }

  /** Takes over a decoded page; answers false when it holds nothing, so that the page is free. */
  push(page: Page): boolean {
    this.owed = addLost(this.owed, page.lost);
    if (page.count === 0) return false;
    page.lost = this.owed;
    this.owed = 0n;
    this.pages.push(page);
    return true;
  }

  /** The page whose `next` record is the lane's earliest. */
  get head(): Page | undefined {
    return this.pages[this.front];
  }

  /** Drops the head, whose records are all taken; answers it. */
  shift(): Page {
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
