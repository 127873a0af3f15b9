import { type Flaw, flaw } from '../units/index.ts';
import { parseFields } from './ftrace-format.ts';
import type { RecordColumns } from './ftrace-records.ts';

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

export interface PageFacts {
  /** Time the page begins with. */
  readonly stamp: bigint;
  /** Records lost just before this page: 0n none, -1n some, number unknown. */
  readonly lost: bigint;
  /** Where in the view the first byte is that makes no sense: what follows the last good record was left out. undefined: all do. */
  readonly damagedAt: number | undefined;
}

const DATA_MAX = 28;
const PADDING = 29;
const EXTEND = 30;
const STAMP = 31;
const USED = 0x07ff_ffff;
const LOST_COUNTED = 0x4000_0000;
const LOST = 0x8000_0000;
/** An absolute stamp has 59 bits: of the high word these stay as they are. */
const KEPT_HIGH = 0xf800_0000;
const TWO_32 = 0x1_0000_0000;

/**
 * Adds the records of the page that starts at `base` to `rows`, in order. Nothing is read past `base + shape.size` or the view's end, and bytes
 * that make no sense end the page (`damagedAt`) instead of throwing. A page cut shorter than its head has no records.
 *
 * Time is counted as two u32, since a bigint a record would cost more than all the rest.
 */
export function decodePage(view: DataView, base: number, shape: PageShape, rows: Pick<RecordColumns, 'add'>): PageFacts {
  const { isLittle, dataAt, longSize } = shape,
    limit = Math.min(view.byteLength, base + shape.size);
  if (base < 0 || base + dataAt > limit) return { stamp: 0n, lost: 0n, damagedAt: Math.max(0, Math.min(base, limit)) };
  const stamp = view.getBigUint64(base + shape.stampAt, isLittle),
    // The low 32 bits of a big-endian long are its last four bytes.
    commit = view.getUint32(base + shape.commitAt + (isLittle ? 0 : longSize - 4), isLittle),
    used = base + dataAt + (commit & USED),
    end = Math.min(used, limit);
  let at = base + dataAt,
    low = Number(stamp & 0xffff_ffffn),
    high = Number(stamp >> 32n),
    damagedAt = end < used ? end : undefined;
  while (at + 4 <= end) {
    const begin = at,
      head = view.getUint32(at, isLittle),
      kind = isLittle ? head & 31 : head >>> 27,
      delta = isLittle ? head >>> 5 : head & USED;
    at += 4;
    let size = kind * 4;
    if (kind === 0 || kind > DATA_MAX) {
      if (kind === PADDING && delta === 0) break;
      const word = at + 4 <= end ? view.getUint32(at, isLittle) : 0;
      if (kind === EXTEND || kind === STAMP) {
        if (at + 4 > end) {
          damagedAt = begin;
          break;
        }
        at += 4;
        const ticks = ((word << 27) | delta) >>> 0;
        if (kind === STAMP) {
          low = ticks;
          high = ((high & KEPT_HIGH) | (word >>> 5)) >>> 0;
        } else {
          low += ticks;
          high += word >>> 5;
          if (low >= TWO_32) {
            low -= TWO_32;
            high++;
          }
          high >>>= 0;
        }
        continue;
      }
      // Both a long record and a discarded one give a length that counts its own word.
      if (word < 4 || word > end - at) {
        damagedAt = begin;
        break;
      }
      size = kind === PADDING ? word : word - 4;
      if (kind === 0) at += 4;
    }
    if (size > end - at) {
      damagedAt = begin;
      break;
    }
    low += delta;
    if (low >= TWO_32) {
      low -= TWO_32;
      high = (high + 1) >>> 0;
    }
    if (kind !== PADDING) rows.add(at, size, low, high);
    at += (size + 3) & ~3;
  }
  return { stamp, lost: lostBefore(view, commit, used, limit, shape), damagedAt };
}

function lostBefore(view: DataView, commit: number, used: number, limit: number, { isLittle, longSize }: PageShape): bigint {
  if ((commit & LOST) === 0) return 0n;
  if ((commit & LOST_COUNTED) === 0 || used + longSize > limit) return -1n;
  const n = longSize === 8 ? view.getBigUint64(used, isLittle) : BigInt(view.getUint32(used, isLittle));
  return n > 0n && n < 1n << 63n ? n : -1n;
}
