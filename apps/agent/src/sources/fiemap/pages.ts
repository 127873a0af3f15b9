import { fstatSync } from 'node:fs';
import { fiemap as askFiemap, monotonic } from '@mapscope/native';
import { maxBig, minBig, U64_MAX } from '@mapscope/shared/units';
import { Errno, fiemap, FiemapColumns, fiemapExtent, FiemapRequestFlag } from '@mapscope/shared/wire';
import { Rooms } from '../rooms.ts';
import { fiemapRefused } from './refusal.ts';

export interface MapAsk {
  /** Of the file, bytes; otherwise all of it. */
  readonly from?: bigint;
  readonly to?: bigint;
  /** Write the file back first, so that nothing is delayed. It changes what it looks at: only when somebody asked for it. */
  readonly sync?: boolean;
  /** Records in all; past them the rest is left out, and said to be. */
  readonly most?: number;
  /** Records an ioctl. */
  readonly atOnce?: number;
  /** What the file is called in a refusal. */
  readonly file?: string;
}

/** Everything that is so of the bytes [from, to) of a file, as it was at one moment between `asked` and `answered`. */
export interface MapPage {
  readonly from: bigint;
  readonly to: bigint;
  /** CLOCK_MONOTONIC, nanoseconds. What an event says of a later time than `asked` is newer than this page. */
  readonly asked: bigint;
  readonly answered: bigint;
  /** Between its records are holes. Filled anew by the next page. */
  readonly extents: FiemapColumns;
}

/** A map, whole or up to where it was cut. Its pages were asked one after the other: while the file changes it is no snapshot. */
export interface FileMap {
  /** Up to here it is told, bytes. */
  readonly to: bigint;
  readonly isWhole: boolean;
  readonly extents: FiemapColumns;
}

/** Few files have more; of those that have, the first answer comes soon. */
const FIRST = 128;
/** Some 4 ms of the kernel's time: rows that bear the time of the question are not late then. */
const A_PAGE = 4096;
/** 1.8 MiB an answer: of a whole map few answers are waited for, each of which others may delay. */
const AT_ONCE = 32_768;
/** A file of fewer bytes has few extents: 16,384 at most of 4 KiB. */
const LARGE = 64n << 20n;
/** 28 bytes of columns a record: 117 MB. */
const MOST = 1 << 22;

const roomFor = (records: number): number => fiemap.size + records * fiemapExtent.size;

/** Asks one question: the slot begins with a filled `struct fiemap`; answers the number of records behind it, or a negative errno. */
export type Asker = (slot: Uint8Array) => Promise<number>;

/** The kernel, of an open file. */
const kernelOf =
  (fd: number): Asker =>
  async (slot) => {
    const answer = new Int32Array(1);
    await askFiemap(Int32Array.of(fd), slot, slot.length, answer);
    return answer[0]!;
  };

/**
 * The map of an open file by FIEMAP, page by page and beside the event loop; the next page is being asked for while one is used. Ends with the file's
 * last record, at `to`, after `most` records, or when an answer makes no progress: of a file that grows meanwhile it tells what was there when the end
 * was asked. Nothing is written back for it, unless `sync`. Throws `Refused` where the kernel refuses. Fact: spec/protocol.md 7.2.
 */
export const mapPages = (fd: number, ask: MapAsk = {}): AsyncGenerator<MapPage, void> => pagesFrom(kernelOf(fd), ask);

/** All pages of `mapPages` in one. */
export const mapOf = (fd: number, ask: MapAsk = {}): Promise<FileMap> => mapFrom(kernelOf(fd), ask, fstatSync(fd, { bigint: true }).size);

/** `mapPages` of whoever answers. */
export async function* pagesFrom(asker: Asker, ask: MapAsk = {}): AsyncGenerator<MapPage, void> {
  const extents = new FiemapColumns(ask.atOnce ?? FIRST);
  let from = ask.from ?? 0n;
  for await (const { slot, mapped, asked, answered, isEnd } of answers(asker, { atOnce: A_PAGE, ...ask })) {
    extents.restart(from);
    extents.append(slot, mapped);
    const to = endOfPage(extents, isEnd, ask.to);
    if (to > from) yield { from, to, asked, answered, extents };
    from = to;
  }
}

/**
 * `mapOf` of whoever answers. A large file, of `size` bytes, is asked for in two halves at once: the kernel lets several ask of one inode, and 250,000 extents took two
 * threads little more than half the time.
 */
export async function mapFrom(asker: Asker, ask: MapAsk = {}, size = 0n): Promise<FileMap> {
  const { from = 0n, to = U64_MAX, sync = false, most = MOST } = ask,
    end = minBig(size, to);
  // Only what is asked after it has been written back is synced.
  if (end - from < LARGE || sync) return partOf(asker, ask, end);
  const middle = from + (end - from) / 2n,
    halves = [partOf(asker, { ...ask, to: middle }, middle), partOf(asker, { ...ask, from: middle }, end)] as const;
  // None is left asking behind a descriptor that is closed.
  await Promise.allSettled(halves);
  const [first, second] = await Promise.all(halves);
  if (!first.isWhole) return first;
  first.extents.join(second.extents);
  if (first.extents.count <= most) return { ...second, extents: first.extents };
  first.extents.cut(most);
  return { to: first.extents.end, isWhole: false, extents: first.extents };
}

/** `end`: where the file's bytes end, or what is asked for. */
async function partOf(asker: Asker, ask: MapAsk, end: bigint): Promise<FileMap> {
  const { from = 0n } = ask,
    extents = new FiemapColumns(ask.atOnce ?? FIRST);
  let isWhole = false;
  extents.restart(from);
  for await (const { slot, mapped, isEnd } of answers(asker, ask)) {
    extents.append(slot, mapped);
    isWhole = isEnd;
    // As many again in what is left as there were so far.
    if (extents.end > from) extents.expected = (Number(end - from) / Number(extents.end - from)) * extents.count;
  }
  return { to: endOfPage(extents, isWhole, ask.to), isWhole, extents };
}

/** Up to where a page tells everything. Its last record may reach past what was asked for. */
export const endOfPage = (extents: FiemapColumns, isEnd: boolean, wanted = U64_MAX): bigint =>
  isEnd ? maxBig(extents.end, wanted) : extents.end;

/** One answer of the kernel. */
export interface Answer {
  /** Where the question began. */
  readonly start: bigint;
  /** A `struct fiemap` and the records behind it, until the answer after the next. */
  readonly slot: Uint8Array;
  /** Records, or a negative errno. */
  readonly mapped: number;
  readonly asked: bigint;
  readonly answered: bigint;
}

/** Rooms of the largest answer. */
const rooms = new Rooms(roomFor(AT_ONCE));

async function* answers(asker: Asker, ask: MapAsk): AsyncGenerator<Answer & { readonly isEnd: boolean }, void> {
  const { to = U64_MAX, sync = false, most = MOST, atOnce = AT_ONCE, file = 'the file' } = ask,
    first = new Uint8Array(roomFor(Math.min(FIRST, atOnce, most))),
    taken: Uint8Array[] = [];
  let told = 0,
    next: Promise<Answer> | undefined = askOnce(asker, first, ask.from ?? 0n, to, sync ? FiemapRequestFlag.SYNC : 0);
  try {
    for (let turn = 0; next; turn++) {
      const answer: Answer = await next,
        { start, slot, mapped } = answer;
      next = undefined;
      if (mapped < 0) throw fiemapRefused(file, -mapped, slot);
      told += mapped;
      const isEnd = isEndOf(answer, to),
        end = lastOf(slot, mapped).end;
      if (!isEnd && end > start && told < most) {
        const room = (taken[turn % 2] ??= rooms.take());
        // Not synced again: of a file that is being written that would have no end.
        next = askOnce(asker, room.subarray(0, roomFor(Math.min(atOnce, AT_ONCE, most - told))), end, to, 0);
      }
      yield { ...answer, isEnd };
    }
  } finally {
    // Whoever closes the descriptor now must not pull it from under a call.
    await next;
    for (const room of taken) rooms.give(room);
  }
}

async function askOnce(asker: Asker, slot: Uint8Array, start: bigint, to: bigint, flags: number): Promise<Answer> {
  const asked = monotonic();
  fiemap.write({ fm_start: start, fm_length: to - start, fm_flags: flags }, slot);
  const mapped = await asker(slot),
    // Behind the largest offset that the filesystem has there is nothing to map.
    isBehind = mapped === -Errno.EFBIG && start > 0n;
  return { start, slot, mapped: isBehind ? 0 : mapped, asked, answered: monotonic() };
}

/** Nothing is left of what was asked for: the file's last record, the last before `to`, or fewer records than there was room for. */
export function isEndOf({ slot, mapped }: Answer, to: bigint): boolean {
  const { end, isLast } = lastOf(slot, mapped);
  return isLast || end >= to || roomFor(mapped) < slot.length;
}

/** What the last record of an answer says; none is the end. */
function lastOf(slot: Uint8Array, mapped: number): { readonly end: bigint; readonly isLast: boolean } {
  const last = new FiemapColumns(1);
  last.append(slot.subarray(Math.max(0, roomFor(mapped) - roomFor(1))), Math.min(1, mapped));
  return { end: last.end, isLast: mapped === 0 || last.isLast };
}
