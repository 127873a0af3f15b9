import { type Flaw, flaw, isFlaw } from '../../units/index.ts';
import { Cursor } from './cursor.ts';
import type { TraceDat } from './open.ts';
import type { Stretch } from './parts.ts';
import { MAX_CHUNK, unpack } from './unpack.ts';

/** Bytes of a stretch, in order. */
export interface Block {
  readonly bytes: Uint8Array;
  /** The place in the file of one of them; of packed bytes that of their chunk. */
  readonly placeOf: (at: number) => number;
  /** Bytes are missing before these. */
  readonly isTorn: boolean;
}

/** Bytes of the count in front of the chunks. */
const COUNT = 4;
/** Read at once where nothing is packed: some 64 pages. */
const BLOCK = 1 << 18;

/**
 * The bytes of a stretch, block after block, each a multiple of `step` bytes but the last one. What cannot be read is told, and makes the next
 * block `isTorn`; when nothing follows, an empty one.
 */
export function* blocksOf(trace: TraceDat, stretch: Stretch, step: number, tell: (flaw: Flaw) => void): Generator<Block> {
  let rest: Uint8Array = new Uint8Array(0),
    isTorn = false,
    placeOf = (at: number): number => stretch.at + at;
  for (const part of stretch.isPacked ? chunksOf(trace, stretch, tell) : piecesOf(trace, stretch, step, tell)) {
    if (part === undefined) {
      // What stood before a gap cannot be joined with what follows.
      if (rest.length > 0) yield { bytes: rest, placeOf, isTorn };
      rest = new Uint8Array(0);
      isTorn = true;
      continue;
    }
    const bytes = rest.length === 0 ? part.bytes : joined(rest, part.bytes),
      whole = bytes.length - (bytes.length % step);
    ({ placeOf } = part);
    if (whole > 0) {
      yield { bytes: bytes.subarray(0, whole), placeOf, isTorn };
      isTorn = false;
    }
    rest = bytes.subarray(whole);
  }
  if (rest.length > 0 || isTorn) yield { bytes: rest, placeOf, isTorn };
}

type Part = Pick<Block, 'bytes' | 'placeOf'> | undefined;

/** Bytes as they are in the file; undefined: what should follow is not there. */
function* piecesOf({ source }: TraceDat, { at, size }: Stretch, step: number, tell: (flaw: Flaw) => void): Generator<Part> {
  const end = at + size,
    length = Math.max(1, Math.floor(BLOCK / step)) * step;
  for (let place = at; place < end;) {
    const from = place,
      bytes = source.read(from, Math.min(length, end - from));
    if (bytes.length > 0) yield { bytes, placeOf: (offset) => from + offset };
    place += bytes.length;
    if (bytes.length === 0) {
      tell(flaw({ code: 'E_SHORT', at: place, field: 'data of a CPU', found: `${place - at} bytes`, allowed: `${size}` }));
      yield undefined;
      return;
    }
  }
}

/** Unpacked chunks; undefined for one that does not unpack. Its size is known, so that those behind it are read. */
function* chunksOf(trace: TraceDat, { at, size }: Stretch, tell: (flaw: Flaw) => void): Generator<Part> {
  // trace-cmd 3.1.6 does not count the word in front. Whoever does only lets us look at four bytes too many.
  const cursor = new Cursor(trace.source, at, { isLittle: trace.isLittle, end: at + COUNT + size }),
    count = cursor.u32('count of chunks');
  for (let i = 0; i < count && !cursor.flaw; i++) {
    const packed = cursor.u32('packed size of a chunk'),
      unpacked = cursor.u32('unpacked size of a chunk'),
      place = cursor.at,
      bytes = cursor.bytes('chunk', packed, MAX_CHUNK);
    if (cursor.flaw) break;
    if (!trace.unpack) break;
    const found = unpack(trace.unpack, bytes, unpacked, MAX_CHUNK, place);
    if (isFlaw(found)) tell(found);
    yield isFlaw(found) ? undefined : { bytes: found, placeOf: () => place };
  }
  if (cursor.flaw) tell(cursor.flaw);
  if (cursor.flaw || (count > 0 && !trace.unpack)) yield undefined;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}
