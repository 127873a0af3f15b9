import { type Flaw, flaw, isFlaw } from '../units/index.ts';
import { BLOCK_HEADER, type BlockHead, BlockType, checkStored, decodeBlockHead, type Inflate, unpackBlock } from './block.ts';
import type { BlockEntry } from './block-index.ts';
import type { ByteSource } from './byte-source.ts';
import { decodeFrame, type Frame } from './frame.ts';
import { FrameBuilder } from './frame-builder.ts';
import { Kind, SourceId } from './kind.ts';

export interface BlockContent {
  /** Of a damaged block of events: one frame with a `lost` row, so that whatever reduces it knows what it no longer knows. */
  readonly frames: readonly Frame[];
  /** Why frames are missing. */
  readonly flaws: readonly Flaw[];
}

/** What block `entry` says: read, checked, unpacked, decoded. */
export async function readBlock(source: ByteSource, entry: BlockEntry, inflate: Inflate | undefined): Promise<BlockContent> {
  const payload = entry.damage ?? (await readPayload(source, entry, inflate));
  const content = isFlaw(payload) ? { frames: [], flaws: [payload] } : framesIn(payload);
  if (content.flaws.length === 0 || entry.type !== BlockType.events) return content;
  return { frames: [...content.frames, lostFrame(entry, content.frames)], flaws: content.flaws };
}

/** Says that rows of a block are gone: all but those that could be read. */
function lostFrame(entry: BlockEntry, read: readonly Frame[]): Frame {
  const rows = new FrameBuilder(1),
    at = entry.first < entry.until ? entry.first : entry.until,
    i = rows.row(Kind.lost, at);
  rows.source[i] = SourceId.hub;
  rows.result[i] = BigInt(Math.max(entry.rows - read.reduce((sum, { count }) => sum + count, 0), 0) || -1);
  rows.offset[i] = at;
  rows.length[i] = entry.until;
  return decodeFrame(rows.take(entry.until)) as Frame;
}

/** Why the bytes of block `entry` are not those that were written. */
export async function checkBlock(source: ByteSource, entry: BlockEntry): Promise<Flaw | undefined> {
  const stored = entry.damage ?? (await readStored(source, entry));
  return isFlaw(stored) ? stored : checkStored(stored.head, stored.bytes, entry.at);
}

async function readPayload(source: ByteSource, entry: BlockEntry, inflate: Inflate | undefined): Promise<Uint8Array | Flaw> {
  const stored = await readStored(source, entry);
  return isFlaw(stored) ? stored : unpackBlock(stored.head, stored.bytes, inflate, entry.at);
}

/** Header and payload as they are in the file; the header is right. */
async function readStored(source: ByteSource, entry: BlockEntry): Promise<{ head: BlockHead; bytes: Uint8Array } | Flaw> {
  const bytes = await source.read(entry.at, entry.size),
    head = decodeBlockHead(bytes);
  if (isFlaw(head)) return flaw({ ...head, at: entry.at + head.at });
  if (head.type !== entry.type)
    return flaw({ code: 'E_INDEX', at: entry.at, field: 'block type', found: `${head.type}`, allowed: `${entry.type}` });
  return { head, bytes: bytes.subarray(BLOCK_HEADER, BLOCK_HEADER + head.packed) };
}

/** The frames of an unpacked payload, back to back. Its checksum was right, so a flaw here is the writer's. */
export function framesIn(payload: Uint8Array): BlockContent {
  const frames: Frame[] = [];
  let rows = 0;
  for (let at = 0; at < payload.length;) {
    const frame = decodeFrame(payload, at);
    if (isFlaw(frame)) return { frames, flaws: [frame] };
    rows += frame.count;
    if (rows > MAX_BLOCK_ROWS)
      return { frames, flaws: [flaw({ code: 'E_ROWS', at, field: 'rows of a block', found: `${rows}`, allowed: `${MAX_BLOCK_ROWS}` })] };
    frames.push(frame);
    at += frame.bytes.length;
  }
  return { frames, flaws: [] };
}

/** Columns of equal values take no bytes in a frame, and as many as others when it is decoded: 64 MiB could be a thousand times as much. */
const MAX_BLOCK_ROWS = 1 << 22;
