import { type Flaw, flaw, isFlaw } from '../units/index.ts';
import { BLOCK_HEADER, BlockType, decodeBlockHead, type Inflate, unpackBlock } from './block.ts';
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

async function readPayload(source: ByteSource, entry: BlockEntry, inflate: Inflate | undefined): Promise<Uint8Array | Flaw> {
  const bytes = await source.read(entry.at, entry.size),
    head = decodeBlockHead(bytes);
  if (isFlaw(head)) return flaw({ ...head, at: entry.at + head.at });
  if (head.type !== entry.type)
    return flaw({ code: 'E_INDEX', at: entry.at, field: 'block type', found: `${head.type}`, allowed: `${entry.type}` });
  return unpackBlock(head, bytes.subarray(BLOCK_HEADER, BLOCK_HEADER + head.packed), inflate, entry.at);
}

/** The frames of an unpacked payload, back to back. Its checksum was right, so a flaw here is the writer's. */
export function framesIn(payload: Uint8Array): BlockContent {
  const frames: Frame[] = [];
  for (let at = 0; at < payload.length;) {
    const frame = decodeFrame(payload, at);
    if (isFlaw(frame)) return { frames, flaws: [frame] };
    frames.push(frame);
    at += frame.bytes.length;
  }
  return { frames, flaws: [] };
}
