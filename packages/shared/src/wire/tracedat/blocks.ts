import { type Flaw, flaw, isFlaw } from '../../units/index.ts';
import { FileCursor } from './file-cursor.ts';
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
  let rest: Piece = { bytes: new Uint8Array(0), placeOf: (at) => stretch.at + at },
    isTorn = false;
  for (const part of stretch.isPacked ? chunksOf(trace, stretch, tell) : piecesOf(trace, stretch, step, tell)) {
    if (part === undefined) {
      // What stood before a gap cannot be joined with what follows.
      if (rest.bytes.length > 0) yield { ...rest, isTorn };
      rest = from(rest, rest.bytes.length);
      isTorn = true;
      continue;
    }
    const piece = rest.bytes.length === 0 ? part : joined(rest, part),
      whole = piece.bytes.length - (piece.bytes.length % step);
    if (whole > 0) {
      yield { bytes: piece.bytes.subarray(0, whole), placeOf: piece.placeOf, isTorn };
      isTorn = false;
    }
    rest = from(piece, whole);
  }
  if (rest.bytes.length > 0 || isTorn) yield { ...rest, isTorn };
}

type Piece = Pick<Block, 'bytes' | 'placeOf'>;

/** Bytes as they are in the file; undefined: what should follow is not there. */
function* piecesOf({ source }: TraceDat, { at, size }: Stretch, step: number, tell: (flaw: Flaw) => void): Generator<Piece | undefined> {
  const end = at + size,
    length = Math.max(1, Math.floor(BLOCK / step)) * step,
    // Used again: whoever takes a piece is done with it before the next, and only the last is no multiple of `step`.
    room = new Uint8Array(Math.min(length, size));
  for (let place = at; place < end;) {
    const begin = place,
      bytes = source.read(begin, Math.min(length, end - begin), room);
    if (bytes.length > 0) yield { bytes, placeOf: (offset) => begin + offset };
    place += bytes.length;
    if (bytes.length === 0) {
      tell(flaw({ code: 'E_SHORT', at: place, field: 'data of a CPU', found: `${place - at} bytes`, allowed: `${size}` }));
      yield undefined;
      return;
    }
  }
}

/** Unpacked chunks; undefined for one that does not unpack. Its size is known, so that those behind it are read. */
function* chunksOf(trace: TraceDat, { at, size }: Stretch, tell: (flaw: Flaw) => void): Generator<Piece | undefined> {
  // trace-cmd 3.1.6 does not count the word in front. Whoever does only lets us look at four bytes too many.
  const cursor = new FileCursor(trace.source, at, { isLittle: trace.isLittle, end: at + COUNT + size }),
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

const from = ({ bytes, placeOf }: Piece, begin: number): Piece => ({ bytes: bytes.subarray(begin), placeOf: (at) => placeOf(begin + at) });

function joined(a: Piece, b: Piece): Piece {
  const { length } = a.bytes,
    bytes = new Uint8Array(length + b.bytes.length);
  bytes.set(a.bytes);
  bytes.set(b.bytes, length);
  return { bytes, placeOf: (at) => (at < length ? a.placeOf(at) : b.placeOf(at - length)) };
}
