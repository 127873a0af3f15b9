import { FolioState, How, MapType } from '@mapscope/shared/trace';
import { MapFlag } from '@mapscope/shared/wire';
import type { FileWindow } from '../../feed/window.ts';
import type { FoliosInput } from '../folios/index.ts';
import { dice, K, M, story } from './story.ts';

const { MAPPED, UNWRITTEN, DELALLOC, INLINE } = MapType;
const { clean, dirty, folioDirty, writeback, failed, added } = FolioState;

/** The first picture of the mock-ups: three places, a hole, unwritten space, two dirty slivers, another file on the same blocks. */
export function plain(): ReturnType<typeof story> {
  const it = story()
      .device(1, '/dev/pmem0', 64n * M)
      .file(1, 'a.dat', 8n * M)
      .file(2, 'h.dat', 8n * M)
      .source('tracepoints'),
    shared = { flags: MapFlag.SHARED };
  for (const inode of [1, 2])
    it.extent(inode, 0n, M, MAPPED, 26n * M, shared)
      .extent(inode, M, 16n * K, MAPPED, 27n * M + 16n * K, shared)
      .extent(inode, M + 16n * K, M - 16n * K, MAPPED, 27n * M + 32n * K, shared);
  it.hole(1, 2n * M, 2n * M)
    .extent(1, 4n * M, 4n * K, MAPPED, 30n * M, shared)
    .extent(1, 4n * M + 8n * K, M - 8n * K, MAPPED, 30n * M + 8n * K, shared)
    .hole(1, 4n * M + 4n * K, 4n * K)
    .extent(1, 5n * M, 256n * K, UNWRITTEN, 52n * M)
    .extent(1, 5n * M + 256n * K, 2n * M + 768n * K, MAPPED, 31n * M + 256n * K, shared);
  it.hole(2, 2n * M, 2n * M)
    .extent(2, 4n * M, 4n * K, MAPPED, 30n * M, shared)
    .extent(2, 4n * M + 8n * K, M - 8n * K, MAPPED, 30n * M + 8n * K, shared)
    .extent(2, 5n * M + 256n * K, 2n * M + 768n * K, MAPPED, 31n * M + 256n * K, shared);
  it.folio(1, 0n, 2n * M, clean, 0)
    .folio(1, 4n * M, M, clean, 0)
    .folio(1, 5n * M + 256n * K, 8n * M - 5n * M - 256n * K, clean, 0);
  return it.folio(1, 4n * M, 4n * K, dirty, 0).folio(1, 4n * M + 8n * K, 4n * K, dirty, 0);
}

export function delalloc(): ReturnType<typeof story> {
  const it = story()
      .device(1, '/dev/pmem0', 64n * M)
      .file(1, 'h.dat', 8n * M)
      .file(2, 'a.dat', 8n * M)
      .source('tracepoints'),
    shared = { flags: MapFlag.SHARED };
  for (const inode of [1, 2]) it.extent(inode, 0n, 8n * M, MAPPED, 26n * M, shared);
  return it.pending(1, M, 128n * K, DELALLOC).folio(1, M + 4n * K, 12n * K, dirty, 0);
}

export function copyOnWrite(): ReturnType<typeof story> {
  return delalloc()
    .pending(1, M + 4n * K, 12n * K, UNWRITTEN, 2n * M)
    .folio(1, M + 4n * K, 12n * K, writeback, 0);
}

/** Dirty over a hole that nobody was asked about, going out, failed, and a range that nothing is known of. */
export function unasked(): ReturnType<typeof story> {
  const it = story()
    .device(1, '/dev/shm/disk0', 256n * M)
    .file(1, 'journal.log', 4n * M)
    .source('cachestat');
  it.extent(1, 0n, M, MAPPED, 16n * M, { flags: MapFlag.NEW | MapFlag.DIRTY, how: How.observed })
    .hole(1, M, M)
    .extent(1, 2n * M, 512n * K, MAPPED, 64n * M, {
      flags: MapFlag.MERGED | MapFlag.BOUNDARY | MapFlag.STALE | MapFlag.SIZE_CHANGED,
      how: How.derived,
    })
    .extent(1, 2n * M + 512n * K, 256n * K, UNWRITTEN, 80n * M);
  it.folio(1, 0n, 512n * K, clean, 4)
    .folio(1, 512n * K, 256n * K, dirty, 4)
    .folio(1, M + 128n * K, 256n * K, dirty)
    .folio(1, M + 600n * K, 16n * K, dirty);
  return it
    .folio(1, 2n * M, 128n * K, writeback)
    .folio(1, 2n * M + 128n * K, 64n * K, failed)
    .folio(1, 2n * M + 512n * K, 64n * K, added);
}

/** Everything that is known is from before a loss, but one extent that was told again. */
export function lost(): ReturnType<typeof story> {
  return plain()
    .lost(512n)
    .extent(1, 5n * M, 256n * K, UNWRITTEN, 52n * M);
}

export function tiny(): ReturnType<typeof story> {
  return story()
    .device(1, '/dev/shm/disk0', 256n * M)
    .file(1, 'tiny/notes.txt', 12n * K)
    .extent(1, 0n, 200n, INLINE, undefined, { how: How.observed })
    .extent(1, 4n * K, 8n * K, MAPPED, 44n * M)
    .folio(1, 0n, 12n * K, dirty, 0);
}

/** Pieces of 4 to 64 KiB all over the device, with small holes between. */
export function fragmented(n: number): ReturnType<typeof story> {
  const it = story()
      .device(1, '/dev/shm/disk0', 4096n * M)
      .source('tracepoints'),
    roll = dice(7);
  let at = 0n;
  const told: (() => void)[] = [];
  for (let k = 0; k < n; k++) {
    const length = BigInt(1 + roll(16)) * 4n * K,
      from = at,
      addr = BigInt(roll(40)) * 64n * M + BigInt(k) * 128n * K,
      kind = roll(20);
    told.push(() =>
      kind === 0
        ? it.hole(1, from, length)
        : it.extent(1, from, length, kind === 1 ? UNWRITTEN : MAPPED, addr, { how: kind < 6 ? How.derived : How.observed }),
    );
    if (roll(6) === 0) told.push(() => it.folio(1, from, length, roll(3) === 0 ? dirty : clean));
    at += length;
  }
  it.file(1, 'fragmented/db.sqlite', at);
  for (const tell of told) tell();
  return it;
}

/** A file dealt to strips in turn. `tail` bytes of the last row are missing; each strip has a chunk to spare. */
export function striped(strips: number, chunk: bigint, rows: bigint, tail: bigint): ReturnType<typeof story> {
  const it = story().source('tracepoints'),
    size = chunk * BigInt(strips) * rows - tail,
    places = Array.from({ length: strips }, (_, k) => ({ device: k + 1, addr: BigInt(64 * (k + 1)) * M, length: rows * chunk }));
  places.forEach(({ device }) => it.device(device, `/dev/shm/mapscope/disk${device - 1}`, 16_384n * M));
  it.file(1, 'striped/tier.bin', size).layout(1, 0n, size, Number(chunk), places);
  for (let at = 0n, k = 0; at < size && k < 600; at += chunk, k++) {
    const place = places[k % strips]!,
      row = BigInt(Math.floor(k / strips));
    it.extent(1, at, at + chunk > size ? size - at : chunk, MAPPED, place.addr + row * chunk, { device: place.device });
  }
  return it.folio(1, 0n, chunk, clean, 2).folio(1, chunk, chunk / 2n, dirty, 2);
}

/** A large folio of which one block was touched, and others beside it. */
export function folios(): ReturnType<typeof story> {
  const it = story()
    .device(1, '/dev/pmem0', 64n * M)
    .file(1, 'c.dat', 8n * M)
    .extent(1, 0n, 8n * M, MAPPED, 26n * M)
    .source('tracepoints');
  for (let k = 0n; k < 4n; k++) {
    const at = k * 2n * M;
    it.folio(1, at, 16n * K, added, 2)
      .folio(1, at, 16n * K, folioDirty, 2)
      .folio(1, at, 4n * K, dirty);
    it.folio(1, at + 16n * K, 112n * K, clean, 2);
  }
  return it.folio(1, 64n * K, 16n * K, added, 2).folio(1, 6n * M, 64n * K, failed, 2);
}

/** A write that walks the file, then a sync that takes all of it. */
export function walk(): { readonly window: FileWindow; readonly past: FoliosInput['past'] } {
  const it = story()
      .device(1, '/dev/pmem0', 64n * M)
      .file(1, 'a.dat', 8n * M)
      .extent(1, 0n, 8n * M, UNWRITTEN, 26n * M)
      .source('tracepoints'),
    past: FoliosInput['past'][number][] = [];
  const note = (): void => {
    const { folios, totals, from, to, until } = it
      .wait(250_000_000n)
      .folio(1, 0n, 4n * K, clean)
      .window(1);
    past.push({ at: until, folios, dirty: totals.dirty, from, to });
  };
  it.folio(1, 0n, 4n * K, dirty, 0);
  note();
  for (let k = 0n; k < 60n; k++) {
    it.folio(1, 4n * K + (k * 8n * M) / 61n, (8n * M) / 61n, dirty, 0);
    note();
  }
  for (let k = 0n; k < 14n; k++) {
    it.folio(1, (k * 8n * M) / 24n, (8n * M) / 24n, writeback);
    if (k > 4n) it.folio(1, ((k - 5n) * 8n * M) / 24n, (8n * M) / 24n, clean);
    note();
  }
  return { window: it.window(1), past };
}
