import { type Flaw, flaw, isFlaw, minBig } from '../units/index.ts';
import {
  BLOCK_HEADER,
  blockBytes,
  BlockType,
  checkStored,
  decodeBlockHead,
  findBlock,
  type Inflate,
  MAX_BLOCK,
  Packing,
  type StoredBlock,
  unpackParts,
} from './block.ts';
import type { BlockEntry } from './block-index.ts';
import type { ByteSource } from './byte-source.ts';
import { decodeFrame, type Frame } from './frame.ts';
import { FrameBuilder } from './frame-builder.ts';
import { Kind, SourceId } from './kind.ts';

/** What could be read of the blocks of an entry. */
export interface BlockContent {
  /** In place of damaged blocks of events a frame with a `lost` row each, so that whatever reduces it knows what it no longer knows. */
  readonly frames: readonly Frame[];
  /** Why frames are missing. */
  readonly flaws: readonly Flaw[];
}

/** A block of an entry, or why it cannot be read. */
type Found = StoredBlock | Flaw;

/** What the blocks of an entry say: read, checked, unpacked, decoded. */
export async function readBlock(source: ByteSource, entry: BlockEntry, inflate: Inflate | undefined): Promise<BlockContent> {
  const found = await blocksOf(source, entry),
    parts = await Promise.all(runsIn(found).map(async (run) => contentOf(run, inflate)));
  if (entry.type !== BlockType.events) return { frames: parts.flatMap(({ frames }) => frames), flaws: parts.flatMap(({ flaws }) => flaws) };
  return withLosses(entry, parts);
}

/** Why bytes of an entry's blocks are not those that were written. */
export async function checkBlock(source: ByteSource, entry: BlockEntry): Promise<readonly Flaw[]> {
  return (await blocksOf(source, entry)).filter((it) => isFlaw(it));
}

/** The blocks of an entry as they are in the file, checked. Behind a damaged header the next that is whole follows. */
async function blocksOf(source: ByteSource, entry: BlockEntry): Promise<Found[]> {
  if (entry.damage) return [entry.damage];
  const bytes = await source.read(entry.at, entry.size),
    out: Found[] = [];
  for (let at = 0, unpacked = 0; at === 0 || at < bytes.length;) {
    const block = blockAt(bytes, at, entry);
    unpacked += isFlaw(block) ? 0 : block.head.unpacked;
    if (unpacked > MAX_BLOCK)
      return [...out, flaw({ code: 'E_TOO_BIG', at: entry.at + at, field: 'blocks', found: `${unpacked} bytes`, allowed: `${MAX_BLOCK}` })];
    out.push(isFlaw(block) ? block : (checkStored(block) ?? block));
    at = isFlaw(block) ? (findBlock(bytes, at + 8) ?? bytes.length) : at + blockBytes(block.head);
  }
  return out;
}

function blockAt(bytes: Uint8Array, at: number, entry: BlockEntry): Found {
  const head = decodeBlockHead(bytes, at),
    place = entry.at + at;
  if (isFlaw(head)) return flaw({ ...head, at: entry.at + head.at });
  if (head.type !== entry.type)
    return flaw({ code: 'E_INDEX', at: place, field: 'block type', found: `${head.type}`, allowed: `${entry.type}` });
  return { head, stored: bytes.subarray(at + BLOCK_HEADER, at + BLOCK_HEADER + head.packed), at: place };
}

/** What can be unpacked in one go, or what is damaged. */
type Run = readonly StoredBlock[] | Flaw;

function runsIn(found: readonly Found[]): Run[] {
  const out: (StoredBlock[] | Flaw)[] = [];
  for (const it of found) {
    const last = out.at(-1);
    if (isFlaw(it)) out.push(it);
    else if (it.head.packing === Packing.deflatePart && Array.isArray(last) && last[0]!.head.packing === Packing.deflatePart) last.push(it);
    else out.push([it]);
  }
  return out;
}

async function contentOf(run: Run, inflate: Inflate | undefined): Promise<BlockContent> {
  const payload = isFlaw(run) ? run : await unpackParts(run, inflate);
  return isFlaw(payload) ? { frames: [], flaws: [payload] } : framesIn(payload);
}

/** The frames of all parts, and where one is damaged a row that says how many are gone: together all but those that could be read. */
function withLosses(entry: BlockEntry, parts: readonly BlockContent[]): BlockContent {
  const frames: Frame[] = [],
    flaws: Flaw[] = [],
    damaged = parts.filter((part) => part.flaws.length > 0).length;
  const missing = entry.rows - parts.reduce((sum, part) => part.frames.reduce((rows, { count }) => rows + count, sum), 0);
  let clock = minBig(entry.first, entry.until);
  for (const [k, part] of parts.entries()) {
    frames.push(...part.frames);
    flaws.push(...part.flaws);
    clock = part.frames.at(-1)?.until ?? clock;
    if (part.flaws.length === 0) continue;
    // Every damaged part has lost a row at least; the first is told all the others, since their headers may be gone.
    const rows = flaws.length === part.flaws.length ? missing - damaged + 1 : 1,
      until = parts[k + 1]?.frames[0]?.until ?? entry.until;
    frames.push(lostFrame(rows > 0 ? rows : -1, clock, until, k === parts.length - 1 ? entry.until : clock));
  }
  return { frames, flaws };
}

/** Says that rows are gone, `at` or later, before `to`. */
function lostFrame(lost: number, at: bigint, to: bigint, until: bigint): Frame {
  const rows = new FrameBuilder(1),
    i = rows.row(Kind.lost, at);
  rows.source[i] = SourceId.hub;
  rows.result[i] = BigInt(lost);
  rows.offset[i] = at;
  rows.length[i] = to;
  return decodeFrame(rows.take(until)) as Frame;
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
