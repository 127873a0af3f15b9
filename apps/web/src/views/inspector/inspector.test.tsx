// @vitest-environment happy-dom
import type { EventRow } from '@mapscope/shared/fixtures';
import { FolioState, How, IoStage, Kind, MapLayer, MappingRole, MapType, opId, OpType, SourceId } from '@mapscope/shared/trace';
import { utf8 } from '@mapscope/shared/units';
import { Opcode, OpFlag, VmFault } from '@mapscope/shared/wire';
import { act, cleanup, fireEvent, screen, within } from '@testing-library/react';
import { afterEach, describe, expect, test } from 'vitest';
import { moves } from '../../store/index.ts';
import { inode, iomap, live, stage } from '../../testing/stage.tsx';
import { Inspector } from './Inspector.tsx';

const MiB = 1n << 20n;

afterEach(cleanup);

describe('Inspector', () => {
  test('says of the file what is so before any number', () => {
    stage(<Inspector />, { inode: 1, path: 'plain/a.db' });
    const region = screen.getByRole('region', { name: 'Inspector' });
    expect(region.textContent).toContain('2 MiB in 1 piece. 28 KiB dirty.');
    expect(region.textContent).toContain('hole1 MiB 50%');
    expect(region.textContent).toContain('not readable by this user. sudo npx mapscope demo would do.');
  });

  test('says of a page cache that tracepoints tell of where cachestat was asked', () => {
    const source = {
      kind: Kind.source,
      time: 1n,
      source: SourceId.tracefs,
      bytes: utf8(JSON.stringify({ name: 'x', state: 'ok', why: '', help: '', folios: 'tracepoints' })),
    };
    const known = (how: How): string => {
      cleanup();
      const clean = { kind: Kind.folio, time: 6n, inode: 1, type: FolioState.clean, length: 4096n, how } as const;
      stage(<Inspector />, { inode: 1, path: 'a.db' }, live, [source, inode(1, 'a.db', 4096n), clean]);
      return screen.getByRole('region', { name: 'Inspector' }).textContent ?? '';
    };
    expect(known(How.observed)).toContain('tracepoints: each folio as it changes');
    expect(known(How.observed)).not.toContain('cachestat');
    expect(known(How.reported)).toContain('tracepoints: each folio as it changes; what they do not tell, cachestat was asked');
  });

  test('calls nothing clean, nor out of the cache, of which that is not known', () => {
    const source = (folios: string) => ({
      kind: Kind.source,
      time: 1n,
      source: SourceId.tracefs,
      bytes: utf8(JSON.stringify({ name: 'x', state: 'ok', why: '', help: '', folios })),
    });
    const said = (folios: string, ...rows: EventRow[]): string => {
      cleanup();
      stage(<Inspector />, { inode: 1, path: 'a.db' }, live, [source(folios), inode(1, 'a.db', 8192n), ...rows]);
      return screen.getByRole('region', { name: 'Inspector' }).textContent ?? '';
    };
    const lost = { kind: Kind.lost, time: 5n, source: SourceId.tracefs, result: 9n, offset: 3n, length: 4n };
    const clean = { kind: Kind.folio, time: 6n, inode: 1, type: FolioState.clean, length: 4096n };
    expect(said('tracepoints')).toMatch(/Nothing dirty\..*in cachenothing/);
    expect(said('tracepoints', lost)).toMatch(/8 KiB may be dirty\..*in cachenot known/);
    expect(said('tracepoints', lost, clean)).toMatch(/4 KiB may be dirty\..*in cache4 KiB, not known of 4 KiB/);
    expect(said('none')).toMatch(/Nothing here tells what is dirty\..*in cachenot known/);
  });

  test('calls no file empty whose size nobody has told', () => {
    const sized = (how: How): string => {
      cleanup();
      stage(<Inspector />, { inode: 1, path: 'a.db' }, live, [{ ...inode(1, 'a.db', 0n), how }]);
      return screen.getByRole('region', { name: 'Inspector' }).textContent ?? '';
    };
    expect(sized(How.reported)).toContain('Empty. Nothing dirty.');
    expect(sized(How.unknown)).toContain('Of a size that nobody told, and no place of it is known. Nothing here tells what is dirty.');
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

  test('says of a request to a server that is watched how long it was in the queue, with the server, and on its way back', () => {
    const about = { op: opId(SourceId.tracefs, 9), source: SourceId.tracefs, type: OpType.request, how: How.observed } as const;
    stage(<Inspector />, { inode: 1, path: 'a.db', selected: { kind: 'op', op: about.op, inode: 0, from: 0n, to: 0n } }, live, [
      inode(1, 'a.db', 4096n),
      { kind: Kind.opBegin, time: 1000n, ...about, flags: Opcode.GETATTR },
      { kind: Kind.opEnd, time: 27_000n, ...about, offset: 6000n, length: 26_000n },
    ]);
    const region = screen.getByRole('region', { name: 'Inspector' });
    expect(region.textContent).toContain('queue5 µs, derivedserver20 µs, derivedreply1 µs, observed');
    expect(region.textContent).not.toContain('answered');
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

const id = (n: number): number => opId(SourceId.tracefs, n);
const about = { source: SourceId.tracefs, inode: 1, how: How.derived, pid: 7 } as const;
const file = inode(1, 'a.db', 4n * MiB),
  chosen = { inode: 1, path: 'a.db' } as const;
const text = (): string => screen.getByRole('region', { name: 'Inspector' }).textContent ?? '';

describe('Inspector of what changes a map', () => {
  /** An op of this type, while which a row of no op, as of a kworker, changes the map. */
  const choose = (type: OpType): void => {
    const op = id(1);
    stage(<Inspector />, { ...chosen, selected: { kind: 'op', op, inode: 1, from: 0n, to: 0n } }, live, [
      file,
      { kind: Kind.opBegin, time: 1n, op, type, length: 4096n, ...about },
      { kind: Kind.extent, time: 2n, role: MapLayer.data, length: 4096n, device: 1, type: MapType.MAPPED, ...about },
      { kind: Kind.opEnd, time: 3n, op, type, result: 4096n, ...about },
    ]);
  };

  test('says of a question about the map that it changed before what was asked for was done', () => {
    choose(OpType.iomap);
    expect(text()).toContain('changed between begin and end');
  });

  test('says nothing of it where no question is: I/O and changes of space are there to change it', () => {
    choose(OpType.direct);
    expect(text()).not.toContain('changed between begin and end');
    cleanup();
    choose(OpType.change);
    expect(text()).not.toContain('changed between begin and end');
  });
});

describe('Inspector of an ioend', () => {
  /** Runs of 4 KiB from `from` on, as one ioend of pid 7. */
  const ioend = (n: number, from: bigint, runs: number, place: { readonly addr: bigint; readonly type: MapType }): EventRow[] => {
    const op = id(n),
      time = BigInt(n) * 1000n,
      length = BigInt(runs) * 4096n;
    return [
      { kind: Kind.opBegin, time, op, type: OpType.writeback, offset: from, ...about },
      { kind: Kind.mapping, time, op, role: MappingRole.write, offset: from, length, device: 1, ...place, ...about },
      ...Array.from({ length: runs }, (_, k) => ({
        kind: Kind.folio,
        time,
        type: FolioState.writeback,
        offset: from + BigInt(k) * 4096n,
        length: 4096n,
        parent: op,
        ...about,
      })),
      {
        kind: Kind.io,
        time,
        op: id(100 + n),
        parent: op,
        role: IoStage.submit,
        offset: from,
        length,
        device: 1,
        addr: place.addr,
        flags: 1,
        ...about,
      },
      { kind: Kind.opEnd, time: time + 10n, op, type: OpType.writeback, result: length, ...about },
    ];
  };
  const pass = [
    file,
    ...ioend(1, 0n, 16, { addr: 30n * MiB, type: MapType.MAPPED }),
    ...ioend(2, 65_536n, 4, { addr: 40n * MiB, type: MapType.UNWRITTEN }),
    ...ioend(3, 98_304n, 1, { addr: 40n * MiB + 32_768n, type: MapType.UNWRITTEN }),
  ];
  const choose = (n: number): ReturnType<typeof stage> =>
    stage(<Inspector />, { ...chosen, selected: { kind: 'op', op: id(n), inode: 1, from: 0n, to: 0n } }, live, pass);

  test('says which runs merged, and why what was written beside them did not', () => {
    const { store, tell } = choose(2);
    expect(text()).toContain('4 runs of dirty bytes merged into it, 16 KiB:');
    expect(text()).toContain('Apart from the one before');
    expect(text()).toContain('address-gap on the device the second begins 9.93 MiB behind the end of the first');
    expect(text()).toContain('type one goes to MAPPED space, the other to UNWRITTEN: they end differently');
    expect(text()).toContain('file-gap 16 KiB of the file between them were not written');
    // What is beside it is a thing to go on from.
    fireEvent.click(screen.getAllByRole('button', { name: /WRITEBACK/ })[0]!);
    tell();
    expect(store.get().selected).toMatchObject({ kind: 'op', op: id(1) });
    expect(text()).toContain('16 runs of dirty bytes merged into it, 64 KiB:');
    expect(text()).not.toContain('Apart from the one before');
  });

  test('says that nothing merged with a single run', () => {
    choose(3);
    expect(text()).toContain('One run of dirty bytes, 4 KiB: nothing merged with it.');
    expect(text()).not.toContain('Apart from the one behind');
  });
});

describe('Inspector of a fault', () => {
  const PMD = 2n * MiB,
    flags = (OpFlag.FAULT | OpFlag.DAX | OpFlag.WRITE) >>> 0;
  const fault = (n: number, length: bigint, result: number, parent = 0): EventRow[] => [
    { kind: Kind.opBegin, time: BigInt(n) * 10n, op: id(n), type: OpType.fault, flags, length, parent, ...about },
    { kind: Kind.opEnd, time: BigInt(n) * 10n + 5n, op: id(n), type: OpType.fault, flags: result, ...about },
  ];
  const choose = (n: number, rows: readonly EventRow[]): ReturnType<typeof stage> =>
    stage(<Inspector />, { ...chosen, selected: { kind: 'op', op: id(n), inode: 1, from: 0n, to: 0n } }, live, [file, ...rows]);

  test('shows what was tried by order, what fell back, and to what', () => {
    const { store, tell } = choose(2, [...fault(1, PMD, VmFault.FALLBACK), ...fault(2, 4096n, VmFault.NOPAGE, id(1))]);
    const tried = screen.getAllByRole('button', { name: /order/ });
    expect(tried.map((button) => button.textContent)).toEqual(['2 MiB, order 9, PMDfell backFALLBACK', '4 KiB, order 0, PTEdoneNOPAGE']);
    expect(tried.map((button) => button.getAttribute('aria-current'))).toEqual(['false', 'true']);
    expect(text()).toContain('What is stored there from now on is not observable.');
    expect(text()).toContain('FALLBACK to be tried with a smaller page');
    fireEvent.click(tried[0]!);
    tell();
    expect(store.get().selected).toMatchObject({ op: id(1) });
    expect(text()).toContain('A page of that size could not be: a smaller one was tried.');
    expect(text()).not.toContain('What it caused');
  });

  test('calls no file clean whose persistent memory programs may write to', () => {
    const ops = (more: number): EventRow[] =>
      fault(1, 4096n, VmFault.NOPAGE).map((row) => ('type' in row ? { ...row, ...(row.kind === Kind.opBegin && { flags: more }) } : row));
    const said = (rows: EventRow[]): string => {
      cleanup();
      stage(<Inspector />, chosen, live, [file, ...rows]);
      return text();
    };
    expect(said(ops(flags))).toContain('No folio is dirty. What programs store to its persistent memory is not observable.');
    expect(said(ops((OpFlag.FAULT | OpFlag.DAX) >>> 0))).not.toContain('observable');
  });

  test('takes no bit of its result for a mapping that is old', () => {
    choose(1, fault(1, 4096n, VmFault.SIGBUS));
    expect(text()).toContain('SIGBUS nothing is there');
    expect(text()).not.toContain('changed between begin and end');
  });
});

describe('Inspector of strips that overlap', () => {
  const strip = (n: number, addr: bigint): EventRow => ({
    kind: Kind.strip,
    time: 3n,
    inode: 1,
    type: 0,
    flags: n,
    device: 1,
    addr,
    length: 2n * MiB,
  });
  const rows: readonly EventRow[] = [
    { kind: Kind.device, time: 1n, device: 1, length: 1n << 30n, addr: 4096n, bytes: new TextEncoder().encode('/dev/pmem0') },
    file,
    { kind: Kind.layout, time: 3n, inode: 1, type: 0, offset: 0n, length: 4n * MiB, flags: 65_536, result: 2n },
    strip(0, 0n),
    strip(1, MiB),
  ];

  test('says so as a flaw, of the file and of a chunk', () => {
    const { store, tell } = stage(<Inspector />, chosen, live, rows);
    const flaw = '✕ Strips overlap Strips 0 and 1 both have 1 MiB of pmem0 at 1 MiB.';
    expect(text()).toContain(flaw);
    act(() => store.move(moves.select({ kind: 'chunk', inode: 1, layout: 0, from: 0n, to: 65_536n })));
    tell();
    expect(text()).toContain('Chunk 0');
    expect(text()).toContain(flaw);
  });
});
