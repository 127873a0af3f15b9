import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { isFlaw } from '../units/index.ts';
import { alike, isAlike } from '../fixtures/alike.ts';
import { hex } from '../fixtures/bytes.ts';
import { type EventRow, frameOf, putRow } from '../fixtures/rows.ts';
import { lawMs, lawRuns } from '../fixtures/runs.ts';
import { columns, NO_ADDR, NO_CPU, widths } from './columns.ts';
import { decodeFrame, type Frame, FRAME_HEADER, frameSize, heapOf, MAX_FRAME, MAX_ROWS, stampSubscription } from './frame.ts';
import { FrameBuilder } from './frame-builder.ts';
import { Kind } from './kind.ts';

vi.setConfig({ testTimeout: lawMs() });

const u = (bits: number) => fc.oneof(fc.constantFrom(0, 1, 2 ** bits - 1), fc.integer({ min: 0, max: 2 ** bits - 1 }));
const u64 = fc.oneof(fc.constantFrom(0n, 1n, NO_ADDR, 1n << 63n), fc.bigInt({ min: 0n, max: NO_ADDR }));
/** Any value in any column: a frame does not know what a kind means. */
const anyRow: fc.Arbitrary<EventRow> = fc.record({
  kind: fc.constantFrom(...Object.values(Kind)),
  time: u64,
  offset: u64,
  length: u64,
  addr: u64,
  result: fc.oneof(fc.constantFrom(-1n, 0n, -(1n << 63n), (1n << 63n) - 1n), fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n })),
  inode: u(32),
  op: u(32),
  parent: u(32),
  flags: u(32),
  pid: fc.integer(),
  device: u(16),
  type: u(16),
  cpu: u(16),
  errno: fc.integer({ min: -32768, max: 32767 }),
  source: u(8),
  role: u(8),
  how: u(8),
  bytes: fc.uint8Array({ maxLength: 40 }),
});
const anyRows = fc.oneof(
  fc.array(anyRow, { maxLength: 40 }),
  anyRow.chain((row) => fc.integer({ min: 1, max: 40 }).map((n) => Array.from({ length: n }, () => row))),
);

const rowsOf = (frame: Frame): EventRow[] =>
  Array.from({ length: frame.count }, (_, i) => {
    const row = Object.fromEntries(columns.filter(([name]) => name !== 'heap').map(([name]) => [name, frame[name][i]]));
    return { ...row, bytes: heapOf(frame, i).slice() } as unknown as EventRow;
  });

/** A line a column, a character a row: `.` where both say the same, `#` where they do not. */
const rowsPicture = (found: readonly EventRow[], wanted: readonly EventRow[]): string =>
  ([...columns.map(([name]) => name).filter((name) => name !== 'heap'), 'bytes'] as const)
    .map((name) => `${name.padEnd(8)}${wanted.map((row, k) => (isAlike(row[name], found[k]?.[name]) ? '.' : '#')).join('')}`)
    .join('\n');

describe('decodeFrame', () => {
  test('law of frames: undoes FrameBuilder.take, whatever the columns hold', () => {
    fc.assert(
      fc.property(anyRows, u64, u(32), u(16), (rows, until, sequence, flags) => {
        const builder = new FrameBuilder(4);
        for (const row of rows) putRow(builder, row);
        const frame = decodeFrame(builder.take(until, { sequence, flags, subscription: 9 })) as Frame;
        const back = rowsOf(frame),
          draw = (): string => rowsPicture(back, rows);
        alike(back, rows, draw);
        alike([frame.until, frame.sequence, frame.flags_, frame.subscription, builder.count], [until, sequence, flags, 9, 0], draw);
      }),
      lawRuns(),
    );
  });

  test('reads a frame at any alignment, with bytes before and behind it', () => {
    const rows = [
      { kind: Kind.extent, time: 5n, offset: 4096n },
      { kind: Kind.mark, time: 6n, bytes: Uint8Array.of(1, 2) },
    ] as const;
    const bytes = frameOf(rows).bytes;
    for (let shift = 0; shift < 8; shift++) {
      const room = new Uint8Array(bytes.length + 16).fill(0xee);
      room.set(bytes, shift);
      expect(rowsOf(decodeFrame(room, shift) as Frame)).toEqual(rowsOf(frameOf(rows)));
    }
  });

  test('takes a Buffer, whose slice is no copy, at any alignment', () => {
    const { bytes } = frameOf([{ kind: Kind.mark, time: 6n, bytes: Uint8Array.of(1, 2) }]);
    for (let shift = 0; shift < 8; shift++) {
      const frame = decodeFrame(Buffer.concat([Buffer.alloc(shift), bytes]).subarray(shift)) as Frame;
      expect(frame.bytes).toEqual(bytes);
      expect(heapOf(frame, 0)).toEqual(Uint8Array.of(1, 2));
    }
  });

  test('stores a column of one value once', () => {
    const row = { kind: Kind.extent, time: 1n, offset: 2n } as const;
    const one = frameOf([row]).bytes.length,
      many = frameOf(Array.from({ length: 1000 }, () => row)).bytes.length;
    expect(many).toBe(one);
    expect(frameOf([row, { ...row, offset: 3n }]).bytes.length - one).toBe(8);
  });

  test('gives each frame times of its own: who merges frames moves them', () => {
    const rows: readonly EventRow[] = [{ kind: Kind.mark, time: 0n }];
    frameOf(rows).time[0] = 57n;
    expect(frameOf(rows).time[0]).toBe(0n);
  });

  test('keeps an empty frame: it moves the clock', () => {
    expect(decodeFrame(new FrameBuilder().take(77n))).toMatchObject({ count: 0, until: 77n });
  });

  test('never throws: of any bytes it makes a frame or a flaw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const found = decodeFrame(bytes);
        expect(isFlaw(found) || found.count >= 0).toBe(true);
      }),
      lawRuns(),
    );
  });

  test('never throws on a damaged frame, and never reads past it', () => {
    fc.assert(
      fc.property(anyRows, fc.array(fc.tuple(fc.nat(), u(8)), { minLength: 1, maxLength: 4 }), fc.nat(), (rows, damage, cut) => {
        const bytes = frameOf(rows, 9n).bytes.slice();
        for (const [at, value] of damage) bytes[at % (at % 2 ? bytes.length : FRAME_HEADER)] = value;
        const found = decodeFrame(bytes.subarray(0, bytes.length - (cut % 3 === 0 ? cut % bytes.length : 0)));
        if (!isFlaw(found))
          for (let i = 0; i < found.count; i++) expect(heapOf(found, i).length).toBeLessThanOrEqual(found.heapBytes.length);
      }),
      lawRuns(),
    );
  });

  test('refuses more rows and bytes than the limits before it allocates for them', () => {
    const patched = (at: number, value: number): Uint8Array => {
      const bytes = frameOf([{ kind: Kind.mark, time: 1n }]).bytes.slice();
      new DataView(bytes.buffer).setUint32(at, value, true);
      return bytes;
    };
    expect(decodeFrame(patched(12, MAX_ROWS + 1))).toMatchObject({ code: 'E_ROWS' });
    expect(decodeFrame(patched(8, MAX_FRAME + 8))).toMatchObject({ code: 'E_SIZE' });
    expect(decodeFrame(patched(20, 1 << columns.length))).toMatchObject({ code: 'E_COLUMNS' });
    expect(decodeFrame(patched(4, 2))).toMatchObject({ code: 'E_VERSION' });
    expect(decodeFrame(patched(16, 8))).toMatchObject({ code: 'E_SIZE' });
  });

  test('refuses a heap that runs backwards or past its end', () => {
    const frame = frameOf([
      { kind: Kind.mark, time: 1n, bytes: Uint8Array.of(1) },
      { kind: Kind.mark, time: 2n, bytes: Uint8Array.of(2) },
    ]);
    const bytes = frame.bytes.slice(),
      at = frame.heap.byteOffset - frame.bytes.byteOffset;
    new DataView(bytes.buffer).setUint32(at, 2, true);
    new DataView(bytes.buffer).setUint32(at + 4, 1, true);
    expect(decodeFrame(bytes)).toMatchObject({ code: 'E_HEAP', field: 'heap[1]' });
    new DataView(bytes.buffer).setUint32(at + 4, 3, true);
    expect(decodeFrame(bytes)).toMatchObject({ code: 'E_HEAP', field: 'heap[1]' });
  });
});

describe('frameSize', () => {
  test('says nothing before twelve bytes are there', () => {
    const { bytes } = frameOf([{ kind: Kind.mark, time: 1n }]);
    for (let n = 0; n < 12; n++) expect(frameSize(bytes.subarray(0, n))).toBeUndefined();
    expect(frameSize(bytes.subarray(0, 12))).toBe(bytes.length);
  });
});

describe('FrameBuilder', () => {
  test('begins a row with every column empty, also where an earlier one stood', () => {
    const builder = new FrameBuilder(1);
    putRow(builder, { kind: Kind.extent, time: 1n, offset: 9n, addr: 1n, cpu: 2, bytes: Uint8Array.of(7) });
    builder.take(2n);
    builder.row(Kind.mark, 3n);
    const [row] = rowsOf(decodeFrame(builder.take(4n)) as Frame);
    expect(row).toMatchObject({ kind: Kind.mark, time: 3n, offset: 0n, addr: NO_ADDR, cpu: NO_CPU, bytes: new Uint8Array(0) });
  });

  test('copies a row with its bytes', () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const frame = frameOf(rows, 1n),
          builder = new FrameBuilder(1);
        for (let i = 0; i < frame.count; i++) builder.copy(frame, i);
        expect(hex(builder.take(1n))).toBe(hex(frame.bytes));
      }),
      lawRuns(0.3),
    );
  });

  test('is full at 65,536 rows, and says so when that was ignored', () => {
    const builder = new FrameBuilder(MAX_ROWS);
    for (let i = 0; i < MAX_ROWS; i++) builder.row(Kind.mark, 1n);
    expect(builder.isFull).toBe(true);
    expect(() => builder.row(Kind.mark, 1n)).toThrow(/take it when isFull/);
    expect(decodeFrame(builder.take(2n))).toMatchObject({ count: MAX_ROWS });
  });
});

test('stampSubscription changes the subscription of a copy', () => {
  const { bytes } = frameOf([{ kind: Kind.mark, time: 1n }]);
  expect(decodeFrame(stampSubscription(bytes, 12))).toMatchObject({ subscription: 12 });
  expect(decodeFrame(bytes)).toMatchObject({ subscription: 0 });
});

test('columns are widest first, so that each stays aligned', () => {
  const list = columns.map(([, type]) => widths[type]);
  expect(list).toEqual([...list].sort((a, b) => b - a));
});
