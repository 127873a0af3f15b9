import { LOW_WORD } from '../units/index.ts';
import { decodePage, type PageShape } from './ftrace-page.ts';

/** A record has a head of 4 bytes and at least 4 of data. */
const LEAST_RECORD = 8;
const HIGH_WORD = 1 - LOW_WORD;

/**
 * The records of one ring buffer page, a row each, in typed columns that are used again: nothing is allocated a record. A row says where the
 * record is; what it holds is read by the readers of its format (`ftrace-fields.ts`), and only what somebody asks for.
 */
export class RecordColumns {
  count = 0;
  /** u64 in units of the trace clock. */
  readonly times: BigUint64Array;
  /** Where the record's data begins in the view that was decoded, `common_type` first. */
  readonly places: Uint32Array;
  /** Bytes of its data. */
  readonly sizes: Uint32Array;
  private readonly words: Uint32Array;

  constructor(room: number) {
    this.times = new BigUint64Array(room);
    this.places = new Uint32Array(room);
    this.sizes = new Uint32Array(room);
    this.words = new Uint32Array(this.times.buffer);
  }

  /** One row more. `low` and `high` are the halves of its time. */
  add(place: number, size: number, low: number, high: number): void {
    const i = this.count++;
    this.places[i] = place;
    this.sizes[i] = size;
    this.words[2 * i + LOW_WORD] = low;
    this.words[2 * i + HIGH_WORD] = high;
  }
}

/** A page that was decoded, and how far its records were taken. Pages are used again and again. */
export class RecordPage extends RecordColumns {
  /** What `places` point into. */
  view: DataView;
  /** The record to take next. */
  next = 0;
  /** Records lost before this page: 0n none, -1n some, number unknown. */
  lost = 0n;
  /** See `PageFacts.damagedAt`. */
  damagedAt: number | undefined;
  readonly shape: PageShape;

  constructor(shape: PageShape) {
    super(Math.ceil(shape.size / LEAST_RECORD));
    this.shape = shape;
    this.view = new DataView(new ArrayBuffer(0));
  }

  /** Finds the records of the page that starts at `base` of `view`. */
  decode(view: DataView, base: number): void {
    this.view = view;
    this.count = 0;
    this.next = 0;
    const { lost, damagedAt } = decodePage(view, base, this.shape, this);
    this.lost = lost;
    this.damagedAt = damagedAt;
  }
}
