import { type Flaw, flaw } from '../units/index.ts';
import { parseFields } from './ftrace-format.ts';

/*
 * A ring buffer page: stamp, commit, records, garbage. Fact: spec/protocol.md 7.5.
 *
 *   commit  bits 0..26 bytes of records · 31 records were lost before this page · 30 their number is a long behind the records
 *   record  u32 header: type_len (5 bits), time_delta (27 bits); then what type_len says, see `decodePage`
 */
export interface PageShape {
  readonly stampAt: number;
  readonly commitAt: number;
  /** Bytes of a `long`: 8, or 4 on a 32-bit kernel. */
  readonly longSize: number;
  readonly dataAt: number;
  /** Bytes of a whole page, which is what one read gives. */
  readonly size: number;
  readonly isLittle: boolean;
}

const MAX_PAGE = 1 << 20;

/** The sizes of a page from the text of `events/header_page`. */
export function parseHeaderPage(text: string, isLittle = true): PageShape | Flaw {
  const fields = parseFields(text);
  const stamp = fields.get('timestamp'),
    commit = fields.get('commit'),
    data = fields.get('data');
  const missing = !stamp ? 'timestamp' : !commit ? 'commit' : !data ? 'data' : undefined;
  if (!stamp || !commit || !data)
    return flaw({ code: 'E_FORMAT', at: 0, field: `header_page.${missing}`, found: 'none', allowed: 'a field line' });
  const size = data.offset + data.size,
    longSize = commit.size;
  if (
    (longSize !== 4 && longSize !== 8) ||
    stamp.size !== 8 ||
    data.offset < Math.max(stamp.offset + 8, commit.offset + longSize) ||
    size > MAX_PAGE
  )
    return flaw({
      code: 'E_FORMAT',
      at: 0,
      field: 'header_page',
      found: `${size} bytes`,
      allowed: `u64 stamp, long commit, data, up to ${MAX_PAGE}`,
    });
  return { stampAt: stamp.offset, commitAt: commit.offset, longSize, dataAt: data.offset, size, isLittle };
}

/** `view` holds the record's data (`common_type` first) at `at`, `size` bytes; `time` in units of the trace clock. */
export type VisitRecord = (at: number, size: number, time: bigint) => void;

export interface PageFacts {
  /** Time the page begins with. */
  readonly stamp: bigint;
  /** Records lost just before this page: 0n none, -1n some, number unknown. */
  readonly lost: bigint;
  readonly records: number;
  /** The records do not end where the commit says: what follows the last good one was left out. */
  readonly isDamaged: boolean;
}

const DATA_MAX = 28;
const PADDING = 29;
const EXTEND = 30;
const STAMP = 31;
const USED = 0x07ff_ffff;
const LOST_COUNTED = 0x4000_0000;
const LOST = 0x8000_0000;
const STAMP_BITS = (1n << 59n) - 1n;

/**
 * Calls `visit` with each record of the page that starts at `base`, in order. Nothing is read past `base + shape.size` or the view's end, and bytes
 * that make no sense end the page (`isDamaged`) instead of throwing. A page cut shorter than its head has no records.
 */
export function decodePage(view: DataView, base: number, shape: PageShape, visit: VisitRecord): PageFacts {
  const { isLittle, dataAt, longSize } = shape,
    limit = Math.min(view.byteLength, base + shape.size);
  if (base < 0 || base + dataAt > limit) return { stamp: 0n, lost: 0n, records: 0, isDamaged: true };
  const stamp = view.getBigUint64(base + shape.stampAt, isLittle),
    // The low 32 bits of a big-endian long are its last four bytes.
    commit = view.getUint32(base + shape.commitAt + (isLittle ? 0 : longSize - 4), isLittle),
    used = base + dataAt + (commit & USED),
    end = Math.min(used, limit);
  let at = base + dataAt,
    time = stamp,
    records = 0,
    isDamaged = end < used;
  while (at + 4 <= end) {
    const head = view.getUint32(at, isLittle),
      kind = isLittle ? head & 31 : head >>> 27,
      delta = isLittle ? head >>> 5 : head & USED;
    at += 4;
    let size = 0;
    if (kind <= DATA_MAX && kind > 0) size = kind * 4;
    else {
      if (kind === PADDING && delta === 0) break;
      if (at + 4 > end) {
        isDamaged = true;
        break;
      }
      const word = view.getUint32(at, isLittle);
      if (kind === EXTEND || kind === STAMP) {
        at += 4;
        const ticks = (BigInt(word) << 27n) + BigInt(delta);
        time = kind === EXTEND ? BigInt.asUintN(64, time + ticks) : (time & ~STAMP_BITS) | (ticks & STAMP_BITS);
        continue;
      }
      // Both a long record and a discarded one give a length that counts its own word.
      if (word < 4 || word > end - at) {
        isDamaged = true;
        break;
      }
      if (kind === PADDING) {
        at += word;
        time = BigInt.asUintN(64, time + BigInt(delta));
        continue;
      }
      at += 4;
      size = word - 4;
    }
    if (size > end - at) {
      isDamaged = true;
      break;
    }
    time = BigInt.asUintN(64, time + BigInt(delta));
    visit(at, size, time);
    records++;
    at += (size + 3) & ~3;
  }
  return { stamp, lost: lostBefore(view, commit, used, limit, shape), records, isDamaged };
}

function lostBefore(view: DataView, commit: number, used: number, limit: number, { isLittle, longSize }: PageShape): bigint {
  if ((commit & LOST) === 0) return 0n;
  if ((commit & LOST_COUNTED) === 0 || used + longSize > limit) return -1n;
  const n = longSize === 8 ? view.getBigUint64(used, isLittle) : BigInt(view.getUint32(used, isLittle));
  return n > 0n && n < 1n << 63n ? n : -1n;
}
