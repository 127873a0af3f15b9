// @vitest-environment happy-dom
import { Kind, SourceId } from '@mapscope/shared/trace';
import { utf8 } from '@mapscope/shared/units';
import { cleanup, fireEvent, screen, within } from '@testing-library/react';
import { afterEach, describe, expect, test } from 'vitest';
import { FilesPanel } from './files/FilesPanel.tsx';
import { live, rows, stage } from '../testing/stage.tsx';
import { sayLink, TopBar } from './shell/TopBar.tsx';
import { Banners } from './states/Banners.tsx';
import { EmptyPage } from './states/EmptyPage.tsx';
import { ExtentTable } from './tables/ExtentTable.tsx';
import { FolioTable } from './tables/FolioTable.tsx';

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

  test('a file that is not there, as an old address has it: which, and what to do', () => {
    stage(<EmptyPage />, { inode: 99, path: 'plain/gone' });
    expect(screen.getByRole('heading', { name: 'plain/gone is not here' })).toBeTruthy();
    expect(screen.getByText(/Choose another file\./)).toBeTruthy();
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

  test('losses of which nobody knows the size are not counted as one event each', () => {
    const lost = { kind: Kind.lost, source: SourceId.tracefs, offset: 10_000n, length: 20_000n } as const;
    stage(<TopBar />, {}, live, [...rows, { ...lost, time: 20_000n, result: 6494n }, { ...lost, time: 21_000n, result: -1n }]);
    expect(screen.getByTitle(/could not keep, 6\s495 at least$/).textContent).toMatch(/^✕lost 6\s494 \+ 1 gap$/);
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
