import { type Flaw, flaw } from '../units/index.ts';
import { arrays, blankOf, type ColumnName, type Columns, columns, widths } from './columns.ts';

/*
 * A frame is one batch of events, the same bytes on the pipe, on the socket and in a recording:
 *
 *   0  u32 magic "MSF1"     16 u32 heap bytes             32 u64 until
 *   4  u16 format version   20 u32 constant columns       40 columns, each at a multiple of 8:
 *   6  u16 FrameFlag bits      (bit i = row i of `columns`)      a constant one is a single 8-byte cell,
 *   8  u32 total bytes      24 u32 sequence                      another has a value a row
 *  12  u32 rows             28 u32 subscription           .. heap, padded to a multiple of 8
 *
 * Little-endian. `until`: every row earlier than this time has been sent; an empty frame only moves the clock.
 */
export const FRAME_MAGIC = 0x3146534d;
/** Of the layout of a frame: the column table is part of it, what its values mean is not. */
export const FRAME_VERSION = 1;
/** Bytes before the first column. */
export const FRAME_HEADER = 40;
/** Limits that hold before anything is allocated. */
export const MAX_ROWS = 1 << 16;
export const MAX_FRAME = 16 << 20;

export const FrameFlag = {
  /** Rows rebuild a model (or one inode of it): see Kind.keyframe. */
  keyframe: 1,
  /** The last frame of the answer to a subscription's first sections. */
  sectionsEnd: 2,
} as const;

export interface Frame extends Columns {
  readonly count: number;
  readonly until: bigint;
  readonly flags_: number;
  readonly sequence: number;
  readonly subscription: number;
  readonly heapBytes: Uint8Array;
  /** The encoded frame, shared with the columns. */
  readonly bytes: Uint8Array;
}

export const pad8 = (n: number): number => (n + 7) & ~7;
const empty = new Uint8Array(0);

/** The bytes that row `i` keeps in the heap: a path, a message, words. A view, not a copy. */
export const heapOf = (frame: Frame, i: number): Uint8Array => {
  const to = frame.heap[i]!,
    from = i === 0 ? 0 : frame.heap[i - 1]!;
  return to > from ? frame.heapBytes.subarray(from, to) : empty;
};

/** How many bytes the frame at `at` says it has, `undefined` when fewer than 12 bytes are there, or why it cannot be one. */
export function frameSize(bytes: Uint8Array, at = 0): number | undefined | Flaw {
  if (bytes.length - at < 12) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 12);
  const magic = view.getUint32(0, true),
    version = view.getUint16(4, true),
    total = view.getUint32(8, true);
  if (magic !== FRAME_MAGIC) return flaw({ code: 'E_MAGIC', at, field: 'magic', found: `0x${magic.toString(16)}`, allowed: 'MSF1' });
  if (version !== FRAME_VERSION)
    return flaw({ code: 'E_VERSION', at: at + 4, field: 'version', found: `${version}`, allowed: `${FRAME_VERSION}` });
  if (total < FRAME_HEADER || total > MAX_FRAME || total % 8 !== 0)
    return flaw({ code: 'E_SIZE', at: at + 8, field: 'total', found: `${total}`, allowed: `${FRAME_HEADER} to ${MAX_FRAME}, by 8` });
  return total;
}

/**
 * Decode the frame that starts at `at`. Full columns are views into `bytes` (copied once if `bytes` is not 8-byte aligned),
 * constant ones are filled. Bytes after the frame are ignored. A frame not wholly there is an `E_SHORT` flaw.
 */
export function decodeFrame(bytes: Uint8Array, at = 0): Frame | Flaw {
  const total = frameSize(bytes, at);
  if (total === undefined)
    return flaw({ code: 'E_SHORT', at, field: 'frame', found: `${bytes.length - at} bytes`, allowed: 'a whole header' });
  if (typeof total !== 'number') return total;
  if (bytes.length - at < total)
    return flaw({ code: 'E_SHORT', at, field: 'frame', found: `${bytes.length - at} bytes`, allowed: `${total}` });
  // A plain Uint8Array also where a Buffer came in: a Buffer's `slice` does not copy.
  let own = new Uint8Array(bytes.buffer, bytes.byteOffset + at, total);
  if (own.byteOffset % 8 !== 0) own = new Uint8Array(own);
  const view = new DataView(own.buffer, own.byteOffset, total);
  const count = view.getUint32(12, true),
    heapLength = view.getUint32(16, true),
    constant = view.getUint32(20, true);
  if (count > MAX_ROWS) return flaw({ code: 'E_ROWS', at: at + 12, field: 'rows', found: `${count}`, allowed: `0 to ${MAX_ROWS}` });
  if (constant >>> columns.length !== 0)
    return flaw({
      code: 'E_COLUMNS',
      at: at + 20,
      field: 'constant',
      found: `0x${constant.toString(16)}`,
      allowed: `${columns.length} bits`,
    });
  let need = FRAME_HEADER;
  for (let c = 0; c < columns.length; c++) need += (constant >>> c) & 1 ? 8 : pad8(widths[columns[c]![1]] * count);
  if (need + pad8(heapLength) !== total)
    return flaw({ code: 'E_SIZE', at: at + 8, field: 'total', found: `${total}`, allowed: `${need + pad8(heapLength)} for ${count} rows` });

  const frame = new DecodedFrame(own, view) as unknown as Frame,
    { heap } = frame;
  for (let i = 0, before = 0; i < count; i++) {
    const end = heap[i]!;
    if (end < before || end > heapLength)
      return flaw({ code: 'E_HEAP', at, field: `heap[${i}]`, found: `${end}`, allowed: `${before} to ${heapLength}` });
    before = end;
  }
  return frame;
}

/** A class, not a literal that gets its columns by name: V8 would keep that as a hash table, and looking up each column costs more than a row. */
class DecodedFrame {
  readonly count: number;
  readonly until: bigint;
  readonly flags_: number;
  readonly sequence: number;
  readonly subscription: number;
  readonly heapBytes: Uint8Array;
  readonly bytes: Uint8Array;

  /** `bytes` are a whole frame whose sizes have been found right. */
  constructor(bytes: Uint8Array, view: DataView) {
    const count = view.getUint32(12, true),
      constant = view.getUint32(20, true),
      self = this as unknown as Record<string, unknown>;
    this.count = count;
    this.until = view.getBigUint64(32, true);
    this.flags_ = view.getUint16(6, true);
    this.sequence = view.getUint32(24, true);
    this.subscription = view.getUint32(28, true);
    this.bytes = bytes;
    let place = FRAME_HEADER;
    for (let c = 0; c < columns.length; c++) {
      const [name, type] = columns[c]!,
        make = arrays[type],
        isOne = ((constant >>> c) & 1) === 1,
        cells = new make(bytes.buffer as ArrayBuffer, bytes.byteOffset + place, isOne ? Math.min(1, count) : count);
      self[name] = isOne ? constantCells(c, cells[0], count) : cells;
      place += isOne ? 8 : pad8(widths[type] * count);
    }
    this.heapBytes = bytes.subarray(place, place + view.getUint32(16, true));
  }
}

/** Cells of a column that no row uses: most columns of most frames are such. Made once, since nobody writes into a decoded frame but into its times, which whoever merges frames moves. */
const unused: (Columns[ColumnName] | undefined)[] = [];

/** `count` cells of column `c` that all have this value. */
function constantCells(c: number, value: number | bigint | undefined, count: number): Columns[ColumnName] {
  const [name, type] = columns[c]!,
    make = arrays[type];
  if (count === 0) return new make(0);
  if (name === 'time' || value !== blankOf(name, type)) return new make(count).fill(value as never);
  const there = unused[c],
    shared = there && there.length >= count ? there : (unused[c] = new make(Math.min(MAX_ROWS, 2 * count)).fill(value as never));
  return new make(shared.buffer as ArrayBuffer, 0, count);
}

/** Change the subscription an encoded frame is sent under, without encoding it again. */
export function stampSubscription(bytes: Uint8Array, id: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  new DataView(copy.buffer).setUint32(28, id, true);
  return copy;
}

/** Move the clock and number of an encoded frame in place: for who passes it on in another stream. */
export function stampClock(bytes: Uint8Array, until: bigint, sequence: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, FRAME_HEADER);
  view.setUint32(24, sequence, true);
  view.setBigUint64(32, until, true);
}
