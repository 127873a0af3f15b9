import { OpState } from '@mapscope/shared/model';
import { Asker, OpType } from '@mapscope/shared/trace';
import { U64_MAX } from '@mapscope/shared/units';
import { OpFlag } from '@mapscope/shared/wire';
import { describe, expect, test } from 'vitest';
import type { LaneName, OpsWindow } from '../../feed/look.ts';
import { barAt, hit, isOnOverview, isOnRuler, momentAt, overviewMomentAt } from './hit.ts';
import { chooseLanes, NAMES } from './lanes.ts';
import { layout, LEFT } from './layout.ts';
import type { OpsInput } from './scene.ts';

const MS = 1_000_000n;
interface Span {
  readonly op: number;
  readonly inode?: number;
  readonly begin: bigint;
  readonly end?: bigint;
  readonly type?: number;
  readonly flags?: number;
  readonly role?: number;
  readonly errno?: number;
  readonly state?: number;
}
const file = (inode: number, path: string, isFile = true): LaneName => ({ inode, path, isFile });

function windowOf(spans: readonly Span[], names: readonly LaneName[], more: Partial<OpsWindow> = {}): OpsWindow {
  const big = (read: (span: Span) => bigint): BigUint64Array => BigUint64Array.from(spans, read),
    n = spans.length;
  const overview = {
    from: 0n,
    step: 10n * MS,
    until: 90n * MS,
    counts: {
      operations: Uint32Array.of(1, 0, 4),
      map: new Uint32Array(3),
      cache: Uint32Array.of(0, 0, 12),
      device: new Uint32Array(3),
      rows: new Uint32Array(3),
      losses: new Uint32Array(3),
    },
  };
  return {
    from: 0n,
    to: 100n * MS,
    pageSize: 4096n,
    spans: {
      n,
      op: Uint32Array.from(spans, ({ op }) => op),
      inode: Uint32Array.from(spans, ({ inode }) => inode ?? 1),
      begin: big(({ begin }) => begin),
      end: big(({ end }) => end ?? U64_MAX),
      reply: big(() => U64_MAX),
      type: Uint16Array.from(spans, ({ type }) => type ?? OpType.iomap),
      role: Uint8Array.from(spans, ({ role }) => role ?? Asker.kernel),
      flags: Uint32Array.from(spans, ({ flags }) => flags ?? OpFlag.WRITE),
      offset: big(() => 4096n),
      length: big(() => 8192n),
      result: new BigInt64Array(n),
      errno: Int16Array.from(spans, ({ errno }) => errno ?? 0),
      pid: new Int32Array(n),
      parent: new Uint32Array(n),
      source: new Uint8Array(n),
      state: Uint8Array.from(spans, ({ state }) => state ?? 0),
    },
    fresh: new Uint8Array(n),
    names,
    losses: [],
    marks: [],
    overview,
    kept: 0n,
    until: 90n * MS,
    ...more,
  };
}
const inputOf = (window: OpsWindow, more: Partial<OpsInput> = {}): OpsInput => ({
  window,
  from: 0n,
  to: 100n * MS,
  origin: 0n,
  until: 90n * MS,
  newest: 90n * MS,
  isRecorded: true,
  isBack: false,
  inode: 1,
  path: 'a',
  selectedOp: 0,
  ...more,
});
/** A thousand pixels of lanes, ten a millisecond. */
const WIDTH = LEFT + 1000 + 14;

describe('layout', () => {
  test('puts an op where its times are', () => {
    const scene = layout(inputOf(windowOf([{ op: 1, begin: 10n * MS, end: 30n * MS }], [file(1, 'a')])), WIDTH, 200);
    expect(scene.marks[0]).toMatchObject({
      op: 1,
      shape: 'bracket',
      tone: 'write',
      box: { x: LEFT + 100, w: 200 },
      from: 4096n,
      to: 12_288n,
    });
  });

  test('draws an open op up to now, and as a moment one that was given up, or whose end may have been lost', () => {
    const scene = layout(
      inputOf(
        windowOf(
          [
            { op: 1, begin: 50n * MS },
            { op: 2, begin: 20n * MS, state: OpState.neverEnded },
            { op: 3, begin: 70n * MS, state: OpState.endInDoubt },
          ],
          [file(1, 'a')],
        ),
      ),
      WIDTH,
      200,
    );
    expect(scene.marks.map(({ op, box, isOpen }) => [op, box.w, isOpen])).toEqual([
      [1, 400, true],
      [2, 1.25, true],
      [3, 1.25, true],
    ]);
    expect(scene.marks.map(({ lines }) => lines.at(-2))).toEqual([
      'still open',
      'its end was not seen',
      'its end may be among what was lost',
    ]);
  });

  test('lays requests under what they caused', () => {
    const scene = layout(
      inputOf(
        windowOf(
          [
            { op: 1, begin: 1n * MS, end: 50n * MS },
            { op: 2, type: OpType.request, flags: 16, begin: 0n, end: 60n * MS },
          ],
          [file(1, 'a')],
        ),
      ),
      WIDTH,
      200,
    );
    expect(scene.marks.map(({ shape }) => shape)).toEqual(['request', 'bracket']);
  });

  test('gives each kind its shape', () => {
    const kinds = [
      [{ type: OpType.fault }, 'fault'],
      [{ type: OpType.writeback }, 'writeback'],
      [{ flags: OpFlag.WRITEBACK | 1 }, 'writeback'],
      [{ flags: OpFlag.REPORT }, 'report'],
      [{ flags: 0 }, 'bracket'],
    ] as const;
    for (const [span, shape] of kinds)
      expect(layout(inputOf(windowOf([{ op: 1, begin: 0n, end: MS, ...span }], [file(1, 'a')])), WIDTH, 200).marks[0]?.shape).toBe(shape);
  });

  test('says who asked, and what failed; a lookup that finds nothing did not fail', () => {
    const scene = layout(
      inputOf(
        windowOf(
          [
            { op: 1, begin: 0n, end: MS, role: Asker.engine, errno: 28 },
            { op: 2, inode: 9, type: OpType.request, flags: 1, begin: 0n, end: MS, errno: 2 },
          ],
          [file(1, 'a'), file(9, 'dir', false)],
        ),
      ),
      WIDTH,
      200,
    );
    expect(scene.marks.map(({ op, isEngine, isFailed }) => [op, isEngine, isFailed])).toEqual([
      [2, false, false],
      [1, true, true],
    ]);
  });

  test('leaves out ticks that fall on one pixel, but never the selected one', () => {
    const spans = Array.from({ length: 500 }, (_, k) => ({ op: k + 1, begin: 5n * MS + BigInt(k), end: 5n * MS + BigInt(k) + 1n }));
    expect(layout(inputOf(windowOf(spans, [file(1, 'a')])), WIDTH, 200).marks).toHaveLength(1);
    expect(layout(inputOf(windowOf(spans, [file(1, 'a')]), { selectedOp: 300 }), WIDTH, 200).marks.map(({ op }) => op)).toEqual([1, 300]);
  });

  test('hatches lost time, and says how much', () => {
    const loss = { at: 60n * MS, source: 3, rows: 696n, cpu: 0, from: 20n * MS, to: 40n * MS, inode: 0 } as const;
    const scene = layout(inputOf(windowOf([], [], { losses: [loss, { ...loss, rows: -1n, from: 45n * MS, to: 45n * MS }] })), WIDTH, 200);
    expect(scene.lost.map(({ box, text }) => [box.x, box.w, text])).toEqual([
      [LEFT + 200, 200, '696 lost'],
      [LEFT + 450, 2, 'lost'],
    ]);
    expect(scene.say).toBeUndefined();
  });

  test('says that there is nothing, unless it is not known', () => {
    expect(layout(inputOf(windowOf([], [])), WIDTH, 200).say).toMatch(/^No operation/);
    expect(layout(inputOf(windowOf([], [], { kept: 200n * MS })), WIDTH, 200).say).toBeUndefined();
  });

  test('says where operations are not here, and what can be done about it', () => {
    const early = windowOf([], [], { kept: 25n * MS }),
      absent = (more: Partial<OpsInput>, window = early): unknown =>
        layout(inputOf(window, more), WIDTH, 200).absent.map(({ box, text }) => [box.x, box.w, text]);
    expect(absent({})).toEqual([[LEFT, 250, 'no longer here: look back']]);
    expect(absent({ isRecorded: false })).toEqual([[LEFT, 250, 'no longer kept']]);
    expect(absent({ isBack: true })).toEqual([[LEFT, 250, 'not fetched']]);
    // What is later than what was fetched, up to the newest there is.
    const half = windowOf([], [], { until: 40n * MS });
    expect(absent({ isBack: true, newest: 80n * MS }, half)).toEqual([[LEFT + 400, 400, 'not fetched']]);
    expect(absent({}, half)).toEqual([]);
  });

  test('has the cursor at its place, and nowhere when it is out of view', () => {
    expect(layout(inputOf(windowOf([], [])), WIDTH, 200).cursorX).toBe(LEFT + 900);
    expect(layout(inputOf(windowOf([], []), { until: 300n * MS }), WIDTH, 200).cursorX).toBeUndefined();
  });
});

describe('chooseLanes', () => {
  const busy = windowOf(
    [...Array.from({ length: 30 }, (_, k) => ({ op: k + 1, inode: (k % 6) + 1, begin: 0n })), { op: 90, inode: 50, begin: 0n }],
    [1, 2, 3, 4, 5, 6].map((inode) => file(inode, `f${inode}`)).concat(file(50, 'dir', false)),
  );
  test('has a lane a file, by path, and one for what is about no file', () => {
    const { lanes, leftOut } = chooseLanes(busy, { inode: 3, path: 'f3' }, 18, 140);
    expect(lanes.map(({ name }) => name)).toEqual(['f1', 'f2', 'f3', 'f4', 'f5', 'f6', 'others']);
    expect(lanes.at(-1)?.inode).toBe(NAMES);
    expect(leftOut).toBe(0);
  });
  test('keeps the chosen file when there is room for few, and counts the others', () => {
    const { lanes, leftOut } = chooseLanes(busy, { inode: 6, path: 'f6' }, 0, 33);
    expect(lanes.map(({ name }) => name)).toEqual(['f1', 'f6', 'others']);
    expect(leftOut).toBe(4);
  });
  test('has a lane for a chosen file that did nothing', () => {
    expect(chooseLanes(windowOf([], []), { inode: 7, path: 'quiet' }, 0, 100).lanes).toMatchObject([
      { inode: 7, name: 'quiet', isChosen: true },
    ]);
  });
});

describe('hit', () => {
  const scene = layout(
    inputOf(
      windowOf(
        [
          { op: 1, begin: 10n * MS, end: 30n * MS },
          { op: 2, begin: 40n * MS, end: 40n * MS + 1n },
          { op: 3, type: OpType.request, flags: 16, begin: 5n * MS, end: 60n * MS },
        ],
        [file(1, 'a')],
      ),
    ),
    WIDTH,
    200,
  );
  const y = scene.lanes[0]!.y + 4;
  test('finds a mark at its centre, and a thin one from beside it', () => {
    expect(hit(scene, LEFT + 200, y)?.target).toMatchObject({ kind: 'op', op: 1, inode: 1 });
    expect(hit(scene, LEFT + 402, y)?.target).toMatchObject({ op: 2 });
  });
  test('finds the request on its own strip', () => {
    expect(hit(scene, LEFT + 500, scene.lanes[0]!.y + scene.lanes[0]!.h - 2)?.target).toMatchObject({ op: 3 });
  });
  test('finds nothing between the lanes and far from marks', () => {
    expect(hit(scene, LEFT + 800, y)).toBeUndefined();
    expect(hit(scene, LEFT + 200, scene.lanesBottom + 20)).toBeUndefined();
  });
});

describe('the ruler', () => {
  const scene = layout(inputOf(windowOf([], [])), WIDTH, 200);
  test('is above the lanes: a pixel of it is a moment in view', () => {
    expect(isOnRuler(scene, LEFT + 5, 4)).toBe(true);
    expect(isOnRuler(scene, LEFT - 60, 4)).toBe(false);
    expect(isOnRuler(scene, LEFT + 5, scene.lanesTop)).toBe(false);
    expect([LEFT - 9, LEFT, LEFT + 500, LEFT + 2000].map((x) => momentAt(scene, x))).toEqual([0n, 0n, 50n * MS, 100n * MS]);
  });
});

describe('overview', () => {
  const scene = layout(inputOf(windowOf([], [])), WIDTH, 200);
  test('draws the rate as its square root, so that a quiet bin beside a busy one shows', () => {
    const [quiet, loud] = scene.overview.bars.map(({ parts }) => parts.reduce((sum, { h }) => sum + h, 0));
    expect(quiet! / loud!).toBeCloseTo(0.25);
    expect(scene.overview.bars[1]!.parts.map(({ kind }) => kind)).toEqual(['operations', 'cache']);
    expect(scene.overview.bars[1]!.lines.slice(1)).toEqual(['4 operations', '12 changes in the page cache']);
  });
  test('hatches every loss, also those out of view, and those that only the index of the recording tells of', () => {
    const window = windowOf([], []),
      counts = { ...window.overview.counts, losses: Uint32Array.of(0, 2, 0) },
      far = { at: 80n * MS, source: 3, rows: 5n, cpu: 0, from: 70n * MS, to: 80n * MS, inode: 0 } as const;
    const { overview } = layout(
      inputOf({ ...window, losses: [far], overview: { ...window.overview, counts } }, { from: 0n, to: 5n * MS }),
      WIDTH,
      200,
    );
    const at = (ms: number): number => overview.box.x + (ms / 90) * overview.box.w;
    expect(overview.lost.map(({ x, w }) => [Math.round(x), Math.round(w)])).toEqual([
      [Math.round(at(70)), Math.round(at(80) - at(70))],
      [Math.round(at(10)), Math.round(at(20) - at(10))],
    ]);
    // No bar, which would be a measure: but what stands there is said.
    expect(overview.bars.map(({ parts }) => parts.length)).toEqual([1, 0, 2]);
    expect(overview.bars[1]!.lines.slice(1)).toEqual(['2 places where events were lost']);
  });
  test('is a brush: a pixel of it is a moment', () => {
    const { box } = scene.overview;
    expect(overviewMomentAt(scene, box.x)).toBe(0n);
    expect(overviewMomentAt(scene, box.x + box.w)).toBe(90n * MS);
    expect(overviewMomentAt(scene, box.x - 50)).toBe(0n);
    expect(barAt(scene, box.x + 1)?.lines[0]).toMatch(/^0, 10 ms/);
    expect(isOnOverview(scene, box.y + 2)).toBe(true);
    expect(isOnOverview(scene, scene.lanes[0]?.y ?? 20)).toBe(false);
  });
});
