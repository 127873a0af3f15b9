import { frameOf, type EventRow } from '@mapscope/shared/fixtures';
import { Asker, EndFlag, FolioState, How, Kind, MapLayer, MappingRole, MapType, NO_ADDR, OpType, SourceId } from '@mapscope/shared/trace';
import { utf8 } from '@mapscope/shared/units';
import { inHeader, MapFlag, Opcode, OpFlag, writeIn } from '@mapscope/shared/wire';
import { act, render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { vi } from 'vitest';
import type { Palette } from '../draw/index.ts';
import { Answerer } from '../feed/answer.ts';
import { Heard } from '../feed/heard.ts';
import type { Link } from '../feed/link.ts';
import type { Pulse } from '../feed/look.ts';
import { lossesOf } from '../feed/losses.ts';
import { Picture } from '../feed/picture.ts';
import { originOf, sourceViews } from '../feed/sources.ts';
import { busyness, type Choice, createMapscope, moves, type Store } from '../store/index.ts';
import { type FeedCalls, ScopeProvider } from '../views/scope.ts';

/* The panels on a real model: rows are reduced and asked for as the worker does it, only without a worker. */
const MiB = 1n << 20n;

export const inode = (n: number, path: string, size: bigint): EventRow => ({
  kind: Kind.inode,
  time: 5n,
  inode: n,
  length: size,
  offset: BigInt(n + 100),
  flags: 4096,
  type: 0o100644,
  bytes: utf8(path),
});
export const iomap = { op: 0x1000_0002, inode: 1, type: OpType.iomap } as const;
/** Two files: one with a request, what it was answered, its map, and a dirty range of the page cache. */
export const rows: readonly EventRow[] = [
  { kind: Kind.device, time: 1n, device: 1, length: 1n << 30n, addr: 4096n, bytes: utf8('/dev/shm/mapscope/img0') },
  {
    kind: Kind.source,
    time: 2n,
    source: SourceId.tracefs,
    bytes: utf8(
      JSON.stringify({
        name: 'tracefs',
        state: 'unavailable',
        why: 'not readable by this user',
        help: 'sudo npx mapscope demo would do',
        folios: 'none',
        recording: '',
      }),
    ),
  },
  inode(1, 'plain/a.db', 2n * MiB),
  inode(2, 'b.log', 4096n),
  {
    kind: Kind.opBegin,
    time: 1000n,
    op: 0x1000_0001,
    inode: 1,
    type: OpType.request,
    role: Asker.kernel,
    flags: Opcode.WRITE,
    offset: 0n,
    length: 8192n,
    pid: 42,
  },
  {
    kind: Kind.message,
    time: 1000n,
    op: 0x1000_0001,
    inode: 1,
    role: 1,
    flags: Opcode.WRITE,
    length: 80n,
    bytes: Uint8Array.from([...inHeader.encode({ len: 80, opcode: 16 }), ...writeIn.encode({ size: 8192 })]),
  },
  { kind: Kind.opBegin, time: 2000n, ...iomap, role: Asker.engine, flags: OpFlag.WRITE, offset: 0n, length: 8192n, parent: 0x1000_0001 },
  { kind: Kind.violation, time: 2500n, op: iomap.op, inode: 1, bytes: utf8('E_NEED_DEV MAPPED and UNWRITTEN name a device') },
  { kind: Kind.opReply, time: 5000n, ...iomap },
  {
    kind: Kind.mapping,
    time: 5000n,
    ...iomap,
    role: MappingRole.write,
    offset: 0n,
    length: MiB,
    addr: 30n * MiB,
    device: 1,
    type: MapType.MAPPED,
    flags: MapFlag.NEW,
  },
  {
    kind: Kind.extent,
    time: 6000n,
    inode: 1,
    role: MapLayer.data,
    offset: 0n,
    length: MiB,
    addr: 30n * MiB,
    device: 1,
    type: MapType.MAPPED,
    op: iomap.op,
    how: How.reported,
  },
  {
    kind: Kind.extent,
    time: 6000n,
    inode: 1,
    role: MapLayer.data,
    offset: MiB,
    length: MiB,
    addr: NO_ADDR,
    type: MapType.HOLE,
    how: How.reported,
  },
  { kind: Kind.opEnd, time: 9000n, ...iomap, result: 8192n, flags: EndFlag.sent },
  { kind: Kind.folio, time: 9500n, inode: 1, offset: 0n, length: 28_672n, type: FolioState.dirty, how: How.observed },
];

export const live: Link = { is: 'live', since: 0 };
const busy = busyness((then, ms) => {
  const timer = setTimeout(then, ms);
  return () => clearTimeout(timer);
});

export function stage(
  shown: ReactNode,
  chosen: Partial<Choice> = {},
  link: Link = live,
  more: readonly EventRow[] = rows,
): { store: Store; tell: () => void; feed: FeedCalls } {
  const picture = new Picture(),
    answerer = new Answerer(),
    store = createMapscope(chosen);
  if (more.length > 0) picture.apply(frameOf(more));
  const { model } = picture,
    onScreen = { model, ops: model, overview: new Heard().view(model.until) };
  const pulse: Pulse = {
    link,
    until: model.until,
    origin: originOf(model),
    version: 1,
    rows: 1,
    rate: 41_000,
    ...lossesOf(model),
    skipped: 0n,
    files: model.files.size,
    newest: model.until,
    replay: undefined,
    isRecorded: true,
    isSettled: link.is === 'live',
    sources: sourceViews(model),
  };
  const tell = (): void =>
    act(() => {
      store.move(moves.hearPulse(pulse));
      // Twice: the first answer chooses a file, the second tells of it.
      for (const now of [0, 1])
        if (link.is !== 'connecting')
          store.move(moves.hearAnswer(answerer.answer(onScreen, { ...moves.lookOf(store.get()), seen: {} }, now)));
    });
  const feed: FeedCalls = {
    freeze: vi.fn(),
    seek: vi.fn(),
    play: vi.fn(),
    setSpeed: vi.fn(),
    step: vi.fn().mockResolvedValue(undefined),
    live: vi.fn(),
    refresh: vi.fn(),
    retry: vi.fn(),
    open: vi.fn(),
    leaveFile: vi.fn(),
  };
  const palettes = { get: () => ({}) as Palette, subscribe: () => () => undefined };
  render(<ScopeProvider value={{ store, feed, busy, palettes }}>{shown}</ScopeProvider>);
  tell();
  return { store, tell, feed };
}
