import { type Flaw, flaw, isFlaw } from '../units/index.ts';
import { crc32 } from './crc32.ts';
import { pad8 } from './frame.ts';
import { joined } from './joined.ts';

/*
 * A recording is a file header, then blocks, then (if it was ended) an index block and a trailer. Little-endian, everything at a multiple of 8.
 *
 *   file header   0  8 bytes "mapscope"     8 u16 format version   10 u16 0   12 u32 bytes of the JSON   16 u32 crc32 of the JSON
 *                 20 u32 0                  24 JSON, padded to a multiple of 8
 *
 *   block         0 u32 magic "MSB1"        4 u8 BlockType    5 u8 Packing    6 u16 1 = continues the block before
 *                 8 u32 bytes of the payload as stored       12 u32 bytes unpacked      16 u32 crc32 of the payload as stored
 *                20 u32 rows               24 u64 earliest time of a row    32 u64 `until` behind its last frame
 *                40 u32 0                  44 u32 crc32 of bytes 0..43      48 payload, padded to a multiple of 8
 *
 *   trailer       0 u64 place of the index block    8 u32 magic "MSE1"    12 u32 crc32 of bytes 0..11
 */
export const BLOCK_MAGIC = 0x3142534d;
/** Bytes before the payload. */
export const BLOCK_HEADER = 48;
export const TRAILER_MAGIC = 0x3145534d;
export const TRAILER_BYTES = 16;
/** Limits that hold before anything is allocated. */
export const MAX_BLOCK = 64 << 20;

export const BlockType = {
  /** Frames of the stream. */
  events: 1,
  /** Keyframe with inode 0: everything but the sections and, unless it says so (`KeyframeList`), the list of inodes. */
  keyframe: 2,
  /** Sections of inodes. One that did not change since an earlier such block is not written again. */
  sections: 3,
  index: 4,
  /** The list of inodes, whole. */
  inodes: 5,
  /** What changed in that list since the keyframe before. */
  inodeChanges: 6,
} as const;
export type BlockType = (typeof BlockType)[keyof typeof BlockType];

export const Packing = {
  none: 0,
  deflateRaw: 1,
  /** Deflate that ends at a whole byte, and without a last block: several one after the other are one stream, which `DEFLATE_END` ends. */
  deflatePart: 2,
} as const;
export type Packing = (typeof Packing)[keyof typeof Packing];

/** A last block of deflate with nothing in it. */
const DEFLATE_END = Uint8Array.of(3, 0);

/** What the header of a block says. */
export interface BlockHead {
  readonly type: BlockType;
  readonly packing: Packing;
  /** Its frames go on where those of the block before end: a keyframe or a section too large for one block. */
  readonly continues: boolean;
  /** Bytes of the payload as stored, and unpacked. */
  readonly packed: number;
  readonly unpacked: number;
  readonly crc: number;
  readonly rows: number;
  /** Earliest time of a row; 2^64 - 1 without rows. */
  readonly first: bigint;
  /** The stream's clock behind the block. */
  readonly until: bigint;
}

/** Header, payload and padding. */
export const blockBytes = (head: BlockHead): number => BLOCK_HEADER + pad8(head.packed);

/** A block of a payload as it is to be stored: its size and its checksum are put into the header. */
export function encodeBlock(head: Omit<BlockHead, 'packed' | 'crc'>, payload: Uint8Array): Uint8Array {
  const out = new Uint8Array(BLOCK_HEADER + pad8(payload.length)),
    view = new DataView(out.buffer);
  view.setUint32(0, BLOCK_MAGIC, true);
  view.setUint8(4, head.type);
  view.setUint8(5, head.packing);
  view.setUint16(6, head.continues ? 1 : 0, true);
  view.setUint32(8, payload.length, true);
  view.setUint32(12, head.unpacked, true);
  view.setUint32(16, crc32(payload), true);
  view.setUint32(20, head.rows, true);
  view.setBigUint64(24, head.first, true);
  view.setBigUint64(32, head.until, true);
  view.setUint32(44, crc32(out.subarray(0, 44)), true);
  out.set(payload, BLOCK_HEADER);
  return out;
}

/** The header at `at`. `E_SHORT` when fewer than 48 bytes are there; the payload need not be. */
export function decodeBlockHead(bytes: Uint8Array, at = 0): BlockHead | Flaw {
  if (bytes.length - at < BLOCK_HEADER)
    return flaw({ code: 'E_SHORT', at, field: 'block', found: `${bytes.length - at} bytes`, allowed: `${BLOCK_HEADER}` });
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, BLOCK_HEADER),
    magic = view.getUint32(0, true);
  if (magic !== BLOCK_MAGIC) return flaw({ code: 'E_MAGIC', at, field: 'block', found: `0x${magic.toString(16)}`, allowed: 'MSB1' });
  const sum = crc32(bytes.subarray(at, at + 44));
  if (sum !== view.getUint32(44, true))
    return flaw({ code: 'E_CRC', at: at + 44, field: 'block header', found: `0x${sum.toString(16)}`, allowed: 'what it says' });
  const head: BlockHead = {
    type: view.getUint8(4) as BlockType,
    packing: view.getUint8(5) as Packing,
    continues: (view.getUint16(6, true) & 1) !== 0,
    packed: view.getUint32(8, true),
    unpacked: view.getUint32(12, true),
    crc: view.getUint32(16, true),
    rows: view.getUint32(20, true),
    first: view.getBigUint64(24, true),
    until: view.getBigUint64(32, true),
  };
  const size = Math.max(head.packed, head.unpacked);
  if (size > MAX_BLOCK) return flaw({ code: 'E_TOO_BIG', at: at + 8, field: 'block', found: `${size} bytes`, allowed: `${MAX_BLOCK}` });
  return head;
}

/** From `from` on in steps of 8: the first place where a block header is whole, `undefined` if there is none in these bytes. */
export function findBlock(bytes: Uint8Array, from: number): number | undefined {
  for (let at = from; at + BLOCK_HEADER <= bytes.length; at += 8)
    if (isWord(bytes, at, BLOCK_MAGIC) && !isFlaw(decodeBlockHead(bytes, at))) return at;
  return undefined;
}

const isWord = (bytes: Uint8Array, at: number, word: number): boolean =>
  bytes[at] === (word & 0xff) &&
  bytes[at + 1] === ((word >>> 8) & 0xff) &&
  bytes[at + 2] === ((word >>> 16) & 0xff) &&
  bytes[at + 3] === word >>> 24;

/** Undo of a packing: `length` is how many bytes must come out. */
export type Inflate = (packed: Uint8Array, length: number) => Uint8Array | Promise<Uint8Array>;

/** Why the stored payload of a block is not what was written. */
export function checkStored({ head, stored, at }: StoredBlock): Flaw | undefined {
  if (stored.length < head.packed) return wrong(at, 'E_SHORT', 'payload', `${stored.length} bytes`, `${head.packed}`);
  const sum = crc32(stored);
  return sum === head.crc ? undefined : wrong(at, 'E_CRC', 'payload', `0x${sum.toString(16)}`, `0x${head.crc.toString(16)}`);
}

/** A block as it is in a recording: header, exactly its payload, and its place (only for the flaw). */
export interface StoredBlock {
  readonly head: BlockHead;
  readonly stored: Uint8Array;
  readonly at: number;
}

/** The payload of a block, checked and unpacked. */
export async function unpackBlock(block: StoredBlock, inflate: Inflate | undefined): Promise<Uint8Array | Flaw> {
  return checkStored(block) ?? unpackParts([block], inflate);
}

/** The payloads, one after the other, of blocks that have been checked: several only if all of them are `Packing.deflatePart`. */
export async function unpackParts(blocks: readonly StoredBlock[], inflate: Inflate | undefined): Promise<Uint8Array | Flaw> {
  const [{ head, stored, at }] = blocks as [StoredBlock],
    isPart = head.packing === Packing.deflatePart,
    isKnown = isPart || head.packing === Packing.deflateRaw;
  if (head.packing === Packing.none) return stored;
  if (!isKnown || !inflate) return wrong(at, 'E_PACKING', 'packing', `${head.packing}`, inflate ? '0 to 2' : '0');
  const length = blocks.reduce((sum, block) => sum + block.head.unpacked, 0),
    packed = isPart ? joined([...blocks.map((block) => block.stored), DEFLATE_END]) : stored;
  try {
    const bytes = await inflate(packed, length);
    return bytes.length === length ? bytes : wrong(at, 'E_SIZE', 'payload', `${bytes.length} bytes`, `${length}`);
  } catch {
    return wrong(at, 'E_PACKING', 'payload', 'not a deflate stream', `${length} bytes packed`);
  }
}

const wrong = (at: number, code: string, field: string, found: string, allowed: string): Flaw =>
  flaw({ code, at: at + BLOCK_HEADER, field, found, allowed });

export function encodeTrailer(index: number): Uint8Array {
  const out = new Uint8Array(TRAILER_BYTES),
    view = new DataView(out.buffer);
  view.setBigUint64(0, BigInt(index), true);
  view.setUint32(8, TRAILER_MAGIC, true);
  view.setUint32(12, crc32(out.subarray(0, 12)), true);
  return out;
}

/** Place of the index block, `undefined` where these 16 bytes are no trailer of a file of `size` bytes. */
export function decodeTrailer(bytes: Uint8Array, size: number): number | undefined {
  if (bytes.length < TRAILER_BYTES || !isWord(bytes, 8, TRAILER_MAGIC)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, TRAILER_BYTES);
  if (view.getUint32(12, true) !== crc32(bytes.subarray(0, 12))) return undefined;
  const at = view.getBigUint64(0, true);
  return at < BigInt(size) ? Number(at) : undefined;
}
