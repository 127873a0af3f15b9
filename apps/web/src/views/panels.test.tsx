// @vitest-environment happy-dom
import { frameOf, type EventRow } from '@mapscope/shared/fixtures';
import { Asker, EndFlag, FolioState, How, Kind, MapLayer, MappingRole, MapType, NO_ADDR, OpType, SourceId } from '@mapscope/shared/trace';
import { utf8 } from '@mapscope/shared/units';
import { inHeader, MapFlag, Opcode, OpFlag, writeIn } from '@mapscope/shared/wire';
import { act, cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Palette } from '../draw/index.ts';
import { Answerer } from '../feed/answer.ts';
import type { Link } from '../feed/link.ts';
import type { Pulse } from '../feed/look.ts';
import { Heard } from '../feed/heard.ts';
import { Picture } from '../feed/picture.ts';
import { originOf, sourceViews } from '../feed/sources.ts';
import { busyness, type Choice, createMapscope, moves, type Store } from '../store/index.ts';
import { FilesPanel } from './files/FilesPanel.tsx';
import { Inspector } from './inspector/Inspector.tsx';
import { type FeedCalls, ScopeProvider } from './scope.ts';
import { sayLink, TopBar } from './shell/TopBar.tsx';
import { Banners } from './states/Banners.tsx';
import { EmptyPage } from './states/EmptyPage.tsx';
import { ExtentTable } from './tables/ExtentTable.tsx';
import { FolioTable } from './tables/FolioTable.tsx';

/* The panels on a real model: rows are reduced and asked for as the worker does it, only without a worker. */
const MiB = 1n << 20n;
const inode = (n: number, path: string, size: bigint): EventRow => ({
  kind: Kind.inode,
  time: 5n,
  inode: n,
  length: size,
  offset: BigInt(n + 100),
  flags: 4096,
  type: 0o100644,
  bytes: utf8(path),
});
const iomap = { op: 0x1000_0002, inode: 1, type: OpType.iomap } as const;
const rows: readonly EventRow[] = [
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

const live: Link = { is: 'live', since: 0 };
const busy = busyness((then, ms) => {
  const timer = setTimeout(then, ms);
  return () => clearTimeout(timer);
});

function stage(
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
    lost: model.lost,
    losses: model.losses.total,
    lossesUnknown: 0,
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

afterEach(cleanup);

describe('Files', () => {
  test('says how many there are and what is dirty', () => {
    stage(<FilesPanel />);
    const region = screen.getByRole('region', { name: 'Files' });
    expect(region.textContent).toContain('2 · 28 KiB dirty');
  });

  test('filters by what is typed, and says so when nothing is left', () => {
    const { store, tell } = stage(<FilesPanel />);
    fireEvent.change(screen.getByRole('searchbox', { name: 'Filter files' }), { target: { value: 'nowhere' } });
    tell();
    expect(store.get().filter).toBe('nowhere');
    expect(screen.getByText('No file has this in its path')).toBeTruthy();
  });
});

describe('Inspector', () => {
  test('says of the file what is so before any number', () => {
    stage(<Inspector />, { inode: 1, path: 'plain/a.db' });
    const region = screen.getByRole('region', { name: 'Inspector' });
    expect(region.textContent).toContain('2 MiB in 1 piece. 28 KiB dirty.');
    expect(region.textContent).toContain('hole1 MiB 50%');
    expect(region.textContent).toContain('not readable by this user. sudo npx mapscope demo would do.');
  });

  test('explains an op: sentence, flags, latencies, broken rule, mapping, and its request', () => {
    const { store, tell } = stage(<Inspector />, {
      inode: 1,
      path: 'plain/a.db',
      selected: { kind: 'op', op: iomap.op, inode: 1, from: 0n, to: 8192n },
    });
    const region = screen.getByRole('region', { name: 'Inspector' });
    expect(region.textContent).toContain(
      'Our engine, playing the kernel, asked where 8 KiB of plain/a.db at 0 B are, to write them. They got fresh space at 30 MiB of device 1.',
    );
    expect(region.textContent).toContain('answered3 µs after it began');
    expect(region.textContent).toContain('ended7 µs after it began');
    expect(region.textContent).toContain('✕ E_NEED_DEV MAPPED and UNWRITTEN name a device');
    expect(region.textContent).toContain('NEW storage is fresh');
    expect(region.textContent).toContain('iomap_endsent');
    fireEvent.click(within(region).getByRole('button', { name: /WRITE request/ }));
    tell();
    expect(store.get().selected).toMatchObject({ kind: 'op', op: 0x1000_0001 });
    expect(region.textContent).toContain('fuse_write_in');
    expect(region.textContent).toContain('size 8192');
  });

  test('explains an extent, with the op that made it so', () => {
    stage(<Inspector />, { inode: 1, path: 'plain/a.db', selected: { kind: 'extent', inode: 1, layer: 'data', from: 0n, to: MiB } });
    const region = screen.getByRole('region', { name: 'Inspector' });
    expect(region.textContent).toContain('1 MiB of plain/a.db lie at 30 MiB of mapscope/img0. 28 KiB of it are dirty.');
    expect(region.textContent).toContain('What made it so');
  });

  test('writes offsets in the notation that is chosen', () => {
    const { store } = stage(<Inspector />, {
      inode: 1,
      path: 'plain/a.db',
      selected: { kind: 'extent', inode: 1, layer: 'data', from: 0n, to: MiB },
    });
    act(() => store.move(moves.turnNotation));
    expect(screen.getByText('0x1e00000')).toBeTruthy();
    act(() => store.move(moves.turnNotation));
    expect(screen.getByText('7 680 blk')).toBeTruthy();
  });

  test('says that what was selected is gone', () => {
    stage(<Inspector />, { inode: 1, path: 'plain/a.db', selected: { kind: 'op', op: 77, inode: 1, from: 0n, to: 0n } });
    expect(screen.getByText(/no longer kept/)).toBeTruthy();
  });
});

describe('tables', () => {
  test('give extents as numbers that other tools take', () => {
    stage(<ExtentTable layer="data" />, { inode: 1, path: 'plain/a.db' });
    return screen.findByRole('table', { name: 'Extents of plain/a.db' }).then((table) => {
      const cells = within(table)
        .getAllByRole('row')
        .slice(1)
        .map((row) =>
          within(row)
            .getAllByRole('cell')
            .map((cell) => cell.textContent),
        );
      expect(cells).toEqual([
        ['0', '1048576', 'MAPPED', '', '/dev/shm/mapscope/img0', '31457280', 'reported'],
        ['1048576', '1048576', 'HOLE', '', '', '', 'reported'],
      ]);
    });
  });

  test('give the page cache with one word a state', async () => {
    stage(<FolioTable />, { inode: 1, path: 'plain/a.db' });
    const table = await screen.findByRole('table', { name: 'Page cache of plain/a.db' });
    expect(within(table).getAllByRole('row')[1]?.textContent).toBe('028672dirtyobserved');
  });
});

describe('states', () => {
  test('nothing yet: what to do, what each source can do, and why not', () => {
    stage(<EmptyPage />, {}, live, rows.slice(0, 2));
    expect(screen.getByRole('heading', { name: 'Nothing to draw yet' })).toBeTruthy();
    expect(screen.getByText('npx mapscope demo')).toBeTruthy();
    expect(screen.getByText('not readable by this user. sudo npx mapscope demo would do.')).toBeTruthy();
  });

  test('refused: what the agent said, and a way to try again', () => {
    const { feed } = stage(
      <EmptyPage />,
      {},
      {
        is: 'refused',
        status: 401,
        message: 'This browser has no token',
        help: 'Open the address that mapscope printed',
        retryAt: 0,
        lostAt: undefined,
      },
      [],
    );
    expect(screen.getByRole('heading', { name: 'This browser has no token' })).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Try now' }));
    expect(feed.retry).toHaveBeenCalledOnce();
  });

  test('lost: since when, when it tries again, and the picture stays', () => {
    const { store } = stage(
      <Banners />,
      { inode: 1, path: 'plain/a.db' },
      { is: 'lost', lostAt: Date.now(), attempt: 1, retryAt: Date.now() + 3500 },
    );
    expect(screen.getByText(/Connection lost at \d\d:\d\d:\d\d\./)).toBeTruthy();
    expect(screen.getByText('Trying again in 4 s')).toBeTruthy();
    expect(store.get().file?.path).toBe('plain/a.db');
  });

  test('losses: how many, put away until there are more', () => {
    const { feed } = stage(<Banners />, { inode: 1, path: 'plain/a.db' }, live, [
      ...rows,
      { kind: Kind.lost, time: 20_000n, source: SourceId.tracefs, result: 6494n, offset: 10_000n, length: 20_000n },
    ]);
    expect(screen.getByText(/^6 494 events lost in 1 place/)).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Look again' }));
    expect(feed.refresh).toHaveBeenCalledWith(1);
    fireEvent.click(screen.getByRole('button', { name: /Put this away/ }));
    expect(screen.queryByText(/events lost/)).toBeNull();
  });

  test('a file that vanished: its last map is shown', () => {
    stage(<Banners />, { inode: 1, path: 'plain/a.db' }, live, [...rows, { kind: Kind.inodeGone, time: 30_000n, inode: 1 }]);
    expect(screen.getByText('plain/a.db was removed.')).toBeTruthy();
  });

  test('a recording that ends early says so', () => {
    stage(
      <Banners />,
      { inode: 1, path: 'plain/a.db' },
      { is: 'file', name: 'x.mscope', rows: 6, damage: { what: 'Recording ends early', detail: '812 bytes could not be read.' } },
    );
    expect(screen.getByText(/Recording ends early/)).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Close recording' })).toBeTruthy();
  });

  test('the top bar says what the line is and how busy', () => {
    stage(<TopBar />);
    expect(screen.getByRole('status', { name: 'Connection' }).textContent).toBe('live41k ev/s');
  });

  test('the top bar never says that a recording is live', () => {
    expect(sayLink({ is: 'live', since: 0 }, undefined, 'ok')).toEqual(['held', 'recording, being played']);
    expect(sayLink({ is: 'live', since: 0 }, undefined, 'ended')).toEqual(['held', 'recording, at its end']);
    expect(sayLink({ is: 'live', since: 0 }, { isPlaying: false, speed: 1 }, 'ended')).toEqual(['held', 'paused']);
  });

  test('the top bar says how full the trace buffer was, where there is one', () => {
    const said = { name: 'tracefs', state: 'ok', why: '', help: '', folios: 'tracepoints', buffer: { bytes: 4 << 20, fill: 3, most: 12 } };
    stage(<TopBar />, {}, live, [
      ...rows,
      { kind: Kind.source, time: 10_000n, source: SourceId.tracefs, bytes: utf8(JSON.stringify(said)) },
    ]);
    expect(
      screen.getByTitle(/^Trace buffer of each CPU: 4 MiB\. The fullest was 3 % full in the last second, 12 % at most$/).textContent,
    ).toBe('buffer 3 %');
  });
});
