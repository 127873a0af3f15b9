import { type Flaw, flaw, isFlaw } from '../units/index.ts';
import {
  BLOCK_HEADER,
  BlockType,
  blockBytes,
  decodeBlockHead,
  decodeTrailer,
  findBlock,
  type Inflate,
  TRAILER_BYTES,
  unpackBlock,
} from './block.ts';
import { BlockCache } from './block-cache.ts';
import { type BlockContent, checkBlock, readBlock } from './block-content.ts';
import { type BlockEntry, decodeIndex } from './block-index.ts';
import type { ByteSource } from './byte-source.ts';
import { appendEntry } from './entry-join.ts';
import type { Frame } from './frame.ts';
import {
  decodeRecordingHeader,
  RECORDING_PREFIX,
  RECORDING_VERSION,
  type RecordingHeader,
  recordingHeaderSize,
} from './recording-header.ts';
import { upgraded } from './upgrade.ts';

/** A recording that can be read at any place. */
export interface Recording {
  /** Of the format it was written in; it is read as one of the newest. */
  readonly version: number;
  readonly header: RecordingHeader;
  /** The moments it tells of, nanoseconds of its clock; `undefined` when nothing is in it. */
  readonly span: { readonly from: bigint; readonly until: bigint } | undefined;
  /** In the order of the file. */
  readonly entries: readonly BlockEntry[];
  /** It was ended, and its index is whole. Otherwise the blocks were found one by one, without counts and inodes. */
  readonly isWhole: boolean;
  /** Damage found while opening: skipped, counted, said. */
  readonly flaws: readonly Flaw[];
  /** What a block says: read by range, decoded, and kept in the cache that the recording was opened with. */
  content(entry: BlockEntry): Promise<BlockContent>;
  /** Begins to read entries that will be asked for, those next to one another in one go. Who asks for one hears of an error then. */
  ahead(entries: readonly BlockEntry[]): void;
  /** Where the bytes of an entry are not those that were written: read, not unpacked, not kept. */
  check(entry: BlockEntry): Promise<readonly Flaw[]>;
  /** The stream as it was recorded, block by block, damage where it is. */
  events(): AsyncGenerator<Frame | Flaw>;
}

/**
 * Opens by the index where there is one, else by walking the blocks; a flaw where it is no recording we can read. Decoded blocks are kept
 * in `cache`; several recordings may share one.
 */
export async function openRecording(source: ByteSource, inflate?: Inflate, cache = new BlockCache()): Promise<Recording | Flaw> {
  const size = recordingHeaderSize(await source.read(0, Math.min(RECORDING_PREFIX, source.size)));
  if (isFlaw(size)) return size;
  if (size === undefined)
    return flaw({ code: 'E_SHORT', at: 0, field: 'file', found: `${source.size} bytes`, allowed: `at least ${RECORDING_PREFIX}` });
  const found = decodeRecordingHeader(await source.read(0, Math.min(size, source.size)));
  const index = await readIndex(source, inflate);
  const walked = index ? undefined : await walk(source, found.flaws.length > 0 ? await search(source, found.size) : found.size);
  const entries = index ?? walked!.entries;
  const flaws = [...found.flaws, ...(walked?.flaws ?? [])],
    known = { version: found.version, header: found.header, entries, isWhole: index !== undefined, flaws };
  return upgraded(recordingOver(source, known, inflate, cache), found.version, RECORDING_VERSION);
}

/** A recording of which it is known where its blocks are: one that is still being written, say. */
export function recordingOver(
  source: ByteSource,
  known: Pick<Recording, 'version' | 'header' | 'entries' | 'isWhole' | 'flaws'>,
  inflate?: Inflate,
  cache = new BlockCache(),
): Recording {
  const content = (entry: BlockEntry): Promise<BlockContent> => cache.content(entry, () => readBlock(source, entry, inflate));
  return {
    ...known,
    span: spanOf(known.entries),
    content,
    ahead(entries) {
      for (const span of spansIn(entries)) {
        const within = readOnce(source, span[0]!.at, span.at(-1)!.at + span.at(-1)!.size);
        for (const entry of span) void cache.content(entry, () => readBlock(within, entry, inflate)).catch(() => undefined);
      }
    },
    check: (entry) => checkBlock(source, entry),
    async *events() {
      for (const entry of known.entries) {
        if (entry.type !== BlockType.events) continue;
        const { frames, flaws } = await content(entry);
        yield* frames;
        yield* flaws;
      }
    },
  };
}

/** Bytes read in one go ahead of their use, if a single entry has no more. */
const SPAN = 1 << 20;

/** Entries next to one another in the file, together. */
function spansIn(entries: readonly BlockEntry[]): BlockEntry[][] {
  const out: BlockEntry[][] = [];
  for (const entry of entries) {
    const span = out.at(-1),
      last = span?.at(-1);
    if (span && last!.at + last!.size === entry.at && entry.at + entry.size - span[0]!.at <= SPAN) span.push(entry);
    else out.push([entry]);
  }
  return out;
}

/** The bytes from `from` to `to` of a source, read together when the first of them are wanted. */
function readOnce(source: ByteSource, from: number, to: number): ByteSource {
  let bytes: Promise<Uint8Array> | undefined;
  return {
    size: source.size,
    async read(at, length) {
      bytes ??= Promise.resolve(source.read(from, to - from));
      return (await bytes).subarray(at - from, at - from + length);
    },
  };
}

/** From the state it begins with, or else its first row, to where its clock came to. A state at time 0 is of who has heard nothing yet. */
export function spanOf(entries: readonly BlockEntry[]): Recording['span'] {
  const of = (type: BlockType): BlockEntry | undefined => entries.find((entry) => entry.type === type && !entry.damage),
    keyframe = of(BlockType.keyframe),
    events = of(BlockType.events),
    until = entries.at(-1)?.until ?? 0n;
  if (!keyframe && !events) return undefined;
  const isBefore = keyframe && keyframe.until > 0n && (!events || keyframe.at < events.at),
    from = isBefore ? keyframe.until : (events?.first ?? 0n);
  return { from: from < until ? from : until, until };
}

async function readIndex(source: ByteSource, inflate: Inflate | undefined): Promise<BlockEntry[] | undefined> {
  if (source.size < TRAILER_BYTES) return undefined;
  const at = decodeTrailer(await source.read(source.size - TRAILER_BYTES, TRAILER_BYTES), source.size);
  if (at === undefined) return undefined;
  const bytes = await source.read(at, source.size - TRAILER_BYTES - at),
    head = decodeBlockHead(bytes);
  if (isFlaw(head) || head.type !== BlockType.index) return undefined;
  const payload = await unpackBlock({ head, stored: bytes.subarray(BLOCK_HEADER, BLOCK_HEADER + head.packed), at }, inflate);
  const entries = isFlaw(payload) ? payload : decodeIndex(payload, source.size);
  return isFlaw(entries) ? undefined : entries;
}

/** Bytes looked at in one go when a block is searched for behind damage. */
const SEARCH = 1 << 20;

/** Every block whose header is whole. One that runs past the end was being written when its writer ended. */
async function walk(source: ByteSource, from: number): Promise<{ entries: BlockEntry[]; flaws: Flaw[] }> {
  const entries: BlockEntry[] = [],
    flaws: Flaw[] = [];
  let at = from;
  while (at + BLOCK_HEADER <= source.size) {
    const head = decodeBlockHead(await source.read(at, BLOCK_HEADER));
    if (isFlaw(head)) {
      const damage = flaw({ ...head, at: at + head.at }),
        next = await search(source, at + 8),
        until = entries.at(-1)?.until ?? 0n;
      flaws.push(damage);
      entries.push({ type: BlockType.events, continues: false, at, size: next - at, rows: 0, first: until, until, damage });
      at = next;
      continue;
    }
    const size = blockBytes(head);
    if (at + size > source.size) break;
    const { type, continues, rows, first, until } = head;
    if (type !== BlockType.index) appendEntry(entries, { type, continues, at, size, rows, first, until });
    at += size;
  }
  if (at < source.size && !(await isTrailer(source, at)))
    flaws.push(
      flaw({ code: 'E_CUT', at, field: 'recording', found: `${source.size - at} bytes of an unfinished block`, allowed: 'whole blocks' }),
    );
  return { entries, flaws };
}

const isTrailer = async (source: ByteSource, at: number): Promise<boolean> =>
  source.size - at === TRAILER_BYTES && decodeTrailer(await source.read(at, TRAILER_BYTES), source.size) !== undefined;

/** The next place where a block header has a right checksum, or the end. */
async function search(source: ByteSource, from: number): Promise<number> {
  for (let at = from; at + BLOCK_HEADER <= source.size; at += SEARCH) {
    const bytes = await source.read(at, Math.min(SEARCH + BLOCK_HEADER, source.size - at));
    const k = findBlock(bytes, 0);
    if (k !== undefined) return at + k;
  }
  return source.size;
}
