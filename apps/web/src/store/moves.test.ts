import { describe, expect, test } from 'vitest';
import type { FilesPage, Looked, Pulse } from '../feed/look.ts';
import type { Moment } from '../feed/moment.ts';
import type { FileWindow } from '../feed/window.ts';
import { createMapscope, moves } from './index.ts';

const MiB = 1n << 20n;
const window = (inode: number, size: bigint, until = 0n): FileWindow =>
  ({ inode, path: `f${inode}`, size, end: size, blockSize: 4096, until, folios: { n: 0 }, totals: { dirty: 0n } }) as unknown as FileWindow;
const page = (...inodes: number[]): FilesPage =>
  ({
    first: 0,
    total: inodes.length,
    known: inodes.length,
    dirty: 0n,
    rows: inodes.map((inode) => ({ inode, path: `f${inode}` })),
  }) as unknown as FilesPage;
const answer = (parts: Partial<Looked>): Looked => ({
  until: 0n,
  keys: { file: 'f', files: 'l', ops: 'o', detail: 'd' },
  isBehind: false,
  ...parts,
});
const pulse = (until: bigint): Pulse => ({ link: { is: 'live' }, until, newest: until }) as Pulse;

describe('the store', () => {
  test('tells its listeners only when something changed', () => {
    const store = createMapscope();
    let heard = 0;
    store.subscribe(() => heard++);
    store.move(moves.showTab('map'));
    expect(heard).toBe(0);
    store.move(moves.showTab('folios'));
    expect(heard).toBe(1);
  });
});

describe('hearAnswer', () => {
  test('chooses the first file of the list where nobody has chosen', () => {
    const store = createMapscope();
    store.move(moves.hearAnswer(answer({ files: page(7, 8) })));
    expect(store.get()).toMatchObject({ inode: 7, path: 'f7' });
  });

  test('chooses the first that has something to draw, where the first of all has nothing', () => {
    const files = page(7, 8, 9);
    const rows = files.rows.map((row) => ({ ...row, pieces: row.inode === 9 ? 2 : 0, dirty: row.inode === 8 ? 1n : 0n }));
    const store = createMapscope();
    store.move(moves.hearPulse({ isSettled: false } as Pulse));
    store.move(moves.hearAnswer(answer({ files })));
    expect(store.get()).toMatchObject({ inode: 0 });
    store.move(moves.hearPulse({ isSettled: true } as Pulse));
    store.move(moves.hearAnswer(answer({ files: { ...files, rows } })));
    expect(store.get()).toMatchObject({ inode: 8, path: 'f8' });
  });

  test('keeps the parts that were left out, and empties those that are gone', () => {
    const store = createMapscope({ inode: 7, path: 'f7' });
    store.move(moves.hearAnswer(answer({ file: window(7, MiB), files: page(7) })));
    store.move(moves.hearAnswer(answer({ file: null })));
    expect(store.get().file).toBeUndefined();
    expect(store.get().files?.rows).toHaveLength(1);
  });

  test('follows a file to its new number and name', () => {
    const store = createMapscope({ inode: 3, path: 'f9' });
    store.move(moves.hearAnswer(answer({ file: window(9, MiB) })));
    expect(store.get()).toMatchObject({ inode: 9, path: 'f9' });
  });

  test('remembers the page cache four times a second, and forgets it with the file', () => {
    const store = createMapscope({ inode: 3, path: 'f3' });
    for (const until of [0n, 100_000_000n, 250_000_000n]) store.move(moves.hearAnswer(answer({ file: window(3, MiB, until) })));
    expect(store.get().past.map(({ at }) => at)).toEqual([0n, 250_000_000n]);
    store.move(moves.hearAnswer(answer({ file: window(4, MiB, 300_000_000n) })));
    expect(store.get().past.map(({ at }) => at)).toEqual([300_000_000n]);
  });
});

describe('chooseFile', () => {
  test('shows it whole, with nothing selected', () => {
    const store = createMapscope({
      inode: 1,
      path: 'f1',
      camera: { from: 0n, fraction: 0, bytes: 4096 },
      selected: { kind: 'folio', inode: 1, from: 0n, to: 1n },
    });
    store.move(moves.chooseFile(2, 'f2'));
    expect(store.get()).toMatchObject({ inode: 2, path: 'f2', camera: undefined, selected: undefined });
  });
});

describe('select', () => {
  test('of an op on another file shows that file', () => {
    const store = createMapscope({ inode: 1, path: 'f1' });
    store.move(moves.select({ kind: 'op', op: 5, inode: 2, from: 0n, to: 0n }));
    expect(store.get()).toMatchObject({ inode: 2, path: '', selected: { op: 5 } });
  });
  test('of an op on no file stays with the file', () => {
    const store = createMapscope({ inode: 1, path: 'f1' });
    store.move(moves.select({ kind: 'op', op: 5, inode: 0, from: 0n, to: 0n }));
    expect(store.get().inode).toBe(1);
  });
});

describe('stepFile', () => {
  test('walks the list and stops at its ends', () => {
    const store = createMapscope({ inode: 1, path: 'f1' });
    store.move(moves.hearAnswer(answer({ files: page(1, 2, 3) })));
    store.move(moves.stepFile(1));
    expect(store.get().inode).toBe(2);
    store.move(moves.stepFile(9));
    expect(store.get().inode).toBe(3);
    store.move(moves.stepFile(1));
    expect(store.get().inode).toBe(3);
  });
});

describe('time', () => {
  test('that follows the newest goes on following when zoomed', () => {
    const store = createMapscope({ timeSpan: 10_000_000_000n });
    store.move(moves.hearPulse(pulse(100_000_000_000n)));
    store.move(moves.zoomTime(2, 0.5));
    expect(store.get()).toMatchObject({ timeSpan: 5_000_000_000n, timeEnd: undefined });
  });
  test('is pinned by a pan into the past, zooms around the pointer, and follows again at the newest', () => {
    const store = createMapscope({ timeSpan: 10_000_000_000n });
    store.move(moves.hearPulse(pulse(100_000_000_000n)));
    store.move(moves.panTime(0.5));
    expect(store.get().timeEnd).toBe(95_000_000_000n);
    store.move(moves.zoomTime(2, 0));
    expect(store.get()).toMatchObject({ timeSpan: 5_000_000_000n, timeEnd: 90_000_000_000n });
    store.move(moves.panTime(-10));
    expect(store.get().timeEnd).toBeUndefined();
  });
});

test('followNewest lets the picture of time go on with the newest', () => {
  const store = createMapscope({ timeEnd: 5n });
  store.move(moves.followNewest);
  expect(store.get().timeEnd).toBeUndefined();
});

describe('hearPulse', () => {
  const back = (at: bigint, jumps: number, isPlaying = false): Pulse => ({
    ...pulse(at),
    newest: 100_000_000_000n,
    replay: { at, jumps, isPlaying, speed: 1, isLoading: false, why: '' },
  });

  test('keeps the moment of the address while it stands still, and none while it plays or follows', () => {
    const store = createMapscope();
    store.move(moves.hearPulse(back(5n, 0)));
    expect(store.get().at).toBe(5n);
    store.move(moves.hearPulse(back(6n, 0, true)));
    expect(store.get().at).toBeUndefined();
    store.move(moves.hearPulse(back(7n, 0)));
    store.move(moves.hearPulse(pulse(100_000_000_000n)));
    expect(store.get().at).toBeUndefined();
  });

  test('takes over what was so before the moment on screen, where nobody saw it', () => {
    const store = createMapscope({ inode: 3, path: 'f3', tab: 'folios' }),
      moment = (at: bigint): Moment => ({ at, folios: {} as never, dirty: 0n, from: 0n, to: 1n });
    store.move(moves.hearAnswer(answer({ file: window(3, 4096n, 0n) })));
    store.move(moves.hearPulse(back(9_000_000_000n, 1)));
    expect(moves.wantsMoments(store.get())).toBe(true);
    const before = [8_000_000_000n, 8_500_000_000n].map(moment);
    store.move(moves.hearMoments(4, 9_000_000_000n, before));
    store.move(moves.hearMoments(3, 8_000_000_000n, before));
    expect(store.get().past).toHaveLength(1);
    store.move(moves.hearMoments(3, 9_000_000_000n, before));
    expect(store.get().past.map(({ at }) => at)).toEqual([8_000_000_000n, 8_500_000_000n, 9_000_000_000n]);
    expect(moves.wantsMoments(store.get())).toBe(false);
  });

  test('forgets what was seen before a time that nobody looked at, unless it is played so fast', () => {
    const store = createMapscope({ inode: 3, path: 'f3' }),
      seen = (): number => store.get().past.length;
    store.move(moves.hearAnswer(answer({ file: window(3, 4096n, 0n) })));
    store.move(moves.hearPulse(pulse(1_000_000_000n)));
    expect(seen()).toBe(2);
    store.move(moves.hearPulse(pulse(60_000_000_000n)));
    expect(seen()).toBe(1);
    const fast = { ...back(80_000_000_000n, 0, true), replay: { ...back(0n, 0, true).replay!, speed: 100 } };
    store.move(moves.hearPulse(fast));
    expect(seen()).toBe(2);
  });

  test('forgets the page cache of before a jump, and what came later when time goes back', () => {
    const store = createMapscope({ inode: 3, path: 'f3' }),
      seen = (): bigint[] => store.get().past.map(({ at }) => at);
    store.move(moves.hearAnswer(answer({ file: window(3, 4096n, 0n) })));
    for (const at of [1_000_000_000n, 2_000_000_000n, 3_000_000_000n]) store.move(moves.hearPulse(back(at, 0)));
    expect(seen()).toEqual([0n, 1_000_000_000n, 2_000_000_000n, 3_000_000_000n]);
    store.move(moves.hearPulse(back(1_500_000_000n, 0)));
    expect(seen()).toEqual([0n, 1_000_000_000n, 1_500_000_000n]);
    store.move(moves.hearPulse(back(9_000_000_000n, 1)));
    expect(seen()).toEqual([9_000_000_000n]);
  });
});

test('letGo closes what floats first', () => {
  const store = createMapscope({ selected: { kind: 'folio', inode: 1, from: 0n, to: 1n } });
  store.move(moves.openHelp(true));
  store.move(moves.letGo);
  expect(store.get()).toMatchObject({ isHelpOpen: false, selected: { kind: 'folio' } });
  store.move(moves.letGo);
  expect(store.get().selected).toBeUndefined();
});
