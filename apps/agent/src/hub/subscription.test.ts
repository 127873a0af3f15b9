import { isDeepStrictEqual } from 'node:util';
import { anyStream, type EventRow, frameOf, inodes, lawMs, lawRuns } from '@mapscope/shared/fixtures';
import { createModel, type FileState, KEEP_OPS, type Model, plain, reduce } from '@mapscope/shared/model';
import {
  Asker,
  decodeFrame,
  FolioState,
  type Frame,
  FrameBuilder,
  FrameFlag,
  How,
  IoStage,
  Kind,
  MapLayer,
  MappingRole,
  MapType,
  opId,
  OpType,
  SourceId,
} from '@mapscope/shared/trace';
import { MapFlag } from '@mapscope/shared/wire';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { Hub } from './hub.ts';
import type { Subscription, SubscriptionOptions } from './subscription.ts';

/** A page's worker: reduces what came when it gets round to it, and returns the bytes as credit. */
class Client {
  readonly model: Model = createModel();
  readonly frames: Frame[] = [];
  /** Sent, not reduced yet. */
  readonly waiting: Uint8Array[] = [];
  readonly subscription: Subscription;
  most = 0;
  gap = 0n;
  private readonly leave: () => void;

  constructor(hub: Hub, options: Partial<SubscriptionOptions> = {}) {
    const [subscription, leave] = hub.subscribe({
      id: 7,
      inodes: 'all',
      credits: 1 << 20,
      ...options,
      send: (frame) => this.arrive(frame),
    });
    this.subscription = subscription;
    this.leave = leave;
  }

  private arrive(frame: Uint8Array): void {
    this.waiting.push(frame);
    this.most = Math.max(this.most, this.flying);
  }

  get flying(): number {
    return this.waiting.reduce((sum, { length }) => sum + length, 0);
  }

  /** Reduces at most `n` frames. */
  work(n = Infinity): void {
    for (; n > 0 && this.waiting.length > 0; n--) {
      const bytes = this.waiting.shift()!,
        frame = decodeFrame(bytes) as Frame;
      this.frames.push(frame);
      reduce(this.model, frame);
      this.subscription.credit(bytes.length);
    }
  }

  close(): void {
    this.leave();
  }
}

/** What a client must know in the end. What it was skipped is its own. */
const known = (model: Model): object => ({ ...(plain(model) as object), skipped: 0 });
const batches = (rows: readonly EventRow[], size: number): Frame[] => {
  const out: Frame[] = [];
  for (let k = 0; k < rows.length; k += size) out.push(frameOf(rows.slice(k, k + size)));
  return out;
};
const rowsOf = (frames: readonly Frame[], kind: Kind): { frame: Frame; i: number }[] =>
  frames.flatMap((frame) => Array.from({ length: frame.count }, (_, i) => ({ frame, i })).filter(({ i }) => frame.kind[i] === kind));

vi.setConfig({ testTimeout: lawMs() });

const stream = anyStream({ maxRows: 150 });

describe('Subscription', () => {
  test('law of the late joiner: two clients, one late, end with equal models', () => {
    fc.assert(
      fc.property(stream, fc.nat(40), fc.integer({ min: 1, max: 20 }), (rows, late, size) => {
        const hub = new Hub(),
          early = new Client(hub),
          frames = batches(rows, size);
        frames.slice(0, late).forEach((frame) => hub.deliver(frame));
        const joiner = new Client(hub, { id: 8 });
        frames.slice(late).forEach((frame) => hub.deliver(frame));
        early.work();
        joiner.work();
        expect(plain(early.model)).toEqual(plain(hub.model));
        expect(known(joiner.model)).toEqual(known(hub.model));
      }),
      lawRuns(),
    );
  });

  test('gives a late client the operations, I/Os and messages an early one has, however many there were', () => {
    const hub = new Hub(),
      early = new Client(hub, { credits: 64 << 20 }),
      deliver = (from: number, to: number): void => batches(reads(from, to), 500).forEach((frame) => hub.deliver(frame));
    deliver(0, KEEP_OPS + 2000);
    const late = new Client(hub, { id: 8, credits: 64 << 20 });
    deliver(KEEP_OPS + 2000, KEEP_OPS + 2300);
    early.work();
    late.work();
    expect(late.model.ops.endedCount).toBe(KEEP_OPS);
    const oldest = early.model.ops.at(early.model.ops.endedSlots()[0]!);
    expect(oldest.mappings).toHaveLength(1);
    expect(late.model.ops.find(oldest.op)).toEqual(oldest);
    expect(isDeepStrictEqual(plain(late.model), plain(early.model))).toBe(true);
  });

  test('law of the slow client: with tiny credits, pauses and any delay it catches up and ends equal', () => {
    const act = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant('deliver' as const), n: fc.constant(0) }) },
      { weight: 4, arbitrary: fc.record({ do: fc.constant('work' as const), n: fc.integer({ min: 1, max: 4 }) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('pause' as const, 'resume' as const), n: fc.constant(0) }) },
    );
    fc.assert(
      fc.property(
        stream,
        fc.array(act, { maxLength: 80 }),
        fc.constantFrom(1, 300, 2000, 9000),
        fc.constantFrom(0, 400, 4000),
        (rows, acts, credits, hold) => {
          const hub = new Hub(),
            slow = new Client(hub, { credits, hold }),
            frames = batches(rows, 3);
          for (const it of acts)
            if (it.do === 'work') slow.work(it.n);
            else if (it.do === 'deliver') {
              const frame = frames.shift();
              if (frame) hub.deliver(frame);
            } else slow.subscription.pause(it.do === 'pause');
          frames.forEach((frame) => hub.deliver(frame));
          slow.subscription.pause(false);
          slow.work();
          expect(known(slow.model)).toEqual(known(hub.model));
          expect(slow.model.until).toBe(hub.model.until);
        },
      ),
      lawRuns(),
    );
  });

  test('keeps no more than its hold, its credits and one group of sections', () => {
    const hub = new Hub(),
      credits = 8192,
      hold = 16_384;
    const slow = new Client(hub, { credits, hold });
    const largest = Math.max(0, ...slow.waiting.map(({ length }) => length));
    for (let at = 1; at <= 2000; at++) {
      hub.deliver(marks(10, BigInt(at)));
      expect(slow.subscription.bytes).toBeLessThanOrEqual(hold + Math.max(credits, largest) + 4096);
    }
    expect(slow.most).toBeLessThanOrEqual(credits);
    slow.work();
    expect(known(slow.model)).toEqual(known(hub.model));
    expect(hub.facts().clientBytes).toBe(0);
  });

  test('tells by a gap how many rows it skipped, before anything of the new round', () => {
    const hub = new Hub(),
      slow = new Client(hub, { credits: 600, hold: 0 });
    slow.work();
    for (let at = 1; at <= 5; at++) hub.deliver(marks(30, BigInt(at)));
    slow.work();
    const gaps = rowsOf(slow.frames, Kind.gap);
    expect(gaps).toHaveLength(1);
    const { frame, i } = gaps[0]!,
      given = rowsOf(slow.frames.slice(0, slow.frames.indexOf(frame)), Kind.mark).length;
    expect(given + Number(frame.result[i])).toBe(150);
    expect(frame.source[i]).toBe(SourceId.hub);
    expect(slow.frames[slow.frames.indexOf(frame) + 1]!.flags_ & FrameFlag.keyframe).toBeTruthy();
  });

  test('says once a round that the sections are whole, and stamps every frame with its id', () => {
    const hub = new Hub();
    hub.deliver(marks(3, 1n));
    const client = new Client(hub, { id: 42 });
    hub.deliver(marks(3, 2n));
    client.work();
    expect(client.frames.filter(({ flags_ }) => (flags_ & FrameFlag.sectionsEnd) !== 0)).toHaveLength(1);
    expect(new Set(client.frames.map(({ subscription }) => subscription))).toEqual(new Set([42]));
  });

  test('is silent while paused, and begins anew only when something was missed', () => {
    const hub = new Hub(),
      client = new Client(hub);
    client.work();
    client.subscription.pause(true);
    hub.deliver(marks(0, 5n));
    client.subscription.pause(false);
    client.work();
    expect(rowsOf(client.frames, Kind.keyframe)).toHaveLength(2);
    client.subscription.pause(true);
    hub.deliver(marks(4, 6n));
    expect(client.waiting).toHaveLength(0);
    client.subscription.pause(false);
    client.work();
    expect(rowsOf(client.frames, Kind.gap).map(({ frame, i }) => frame.result[i])).toEqual([4n]);
    expect(known(client.model)).toEqual(known(hub.model));
  });

  test('gives a client that asks for some inodes their rows and sections, and the whole list of inodes', () => {
    fc.assert(
      fc.property(stream, fc.constantFrom(...inodes), fc.nat(50), (rows, inode, late) => {
        const hub = new Hub(),
          frames = batches(rows, 4);
        frames.slice(0, late).forEach((frame) => hub.deliver(frame));
        const one = new Client(hub, { inodes: new Set([inode]) });
        frames.slice(late).forEach((frame) => hub.deliver(frame));
        one.work();
        const fileIn = (model: Model): object | undefined =>
          (plain(model) as { files: { inode: number }[] }).files.find((file) => file.inode === inode);
        expect(fileIn(one.model)).toEqual(fileIn(hub.model));
        for (const file of hub.model.files.all())
          if (file.introduced) expect(one.model.files.find(file.inode)?.pathText).toBe(file.pathText);
        // Of the others it knows nothing, or that nothing is known.
        const isUnknown = (file: FileState): boolean =>
          file.data.list().every(({ type }) => type === MapType.UNKNOWN) &&
          file.folios.list().every(({ state }) => state === FolioState.unknown);
        for (const file of one.model.files.all()) if (file.inode !== inode) expect(isUnknown(file)).toBe(true);
      }),
      lawRuns(0.5),
    );
  });

  describe('gives the section of a file whose map was made from another file’s', () => {
    const mapped = (inode: number, addr: bigint): EventRow => ({
      kind: Kind.extent,
      time: 1n,
      inode,
      role: MapLayer.data,
      offset: 0n,
      length: 4096n,
      addr,
      device: 1,
      type: MapType.MAPPED,
      how: How.observed,
    });
    const cloned: EventRow = {
      kind: Kind.remap,
      time: 2n,
      inode: 1,
      parent: 2,
      role: MapLayer.data,
      offset: 0n,
      length: 4096n,
      addr: 0n,
      flags: MapFlag.SHARED,
      how: How.observed,
    };
    const dataOf = (model: Model, inode: number) => model.files.find(inode)?.data.list();

    test.each([
      ['that got it', 1],
      ['that gave it, and shares it from now on', 2],
    ])('to a client that asked for the one %s', (_, inode) => {
      const hub = new Hub();
      hub.deliver(frameOf([mapped(1, 8192n), mapped(2, 0n)]));
      const client = new Client(hub, { inodes: new Set([inode]) });
      hub.deliver(frameOf([cloned]));
      client.work();
      expect(dataOf(client.model, inode)).toEqual(dataOf(hub.model, inode));
      expect(dataOf(client.model, inode)).toMatchObject([{ addr: 0n, flags: MapFlag.SHARED }]);
    });

    test('to a client of all that has been given one of the two in its round, and not the other', () => {
      const hub = new Hub(),
        far = Array.from({ length: 20_000 }, (_, i) => ({ ...mapped(1, BigInt(i) * 16_384n), offset: BigInt(i + 1) * 8192n }));
      hub.deliver(frameOf([mapped(1, 8192n), ...far, mapped(2, 0n)]));
      const client = new Client(hub, { credits: 1 });
      // The rest of the one section waits; the other is not made yet.
      while ((dataOf(client.model, 1)?.length ?? 0) < 8000) client.work(1);
      expect(dataOf(client.model, 2) ?? []).toEqual([]);
      hub.deliver(frameOf([cloned]));
      client.work();
      expect(known(client.model)).toEqual(known(hub.model));
    });
  });

  test('sends nothing past what the transport takes, and goes on with the next frame', () => {
    let room = 0;
    const hub = new Hub(),
      client = new Client(hub, { room: () => room });
    hub.deliver(marks(5, 1n));
    // Nothing was on its way, so one frame goes; the rest waits.
    expect(client.waiting).toHaveLength(1);
    room = 1 << 20;
    hub.deliver(marks(5, 2n));
    client.work();
    expect(known(client.model)).toEqual(known(hub.model));
  });

  test('stops when it is closed', () => {
    const hub = new Hub(),
      client = new Client(hub);
    client.work();
    client.close();
    hub.deliver(marks(5, 1n));
    expect(client.waiting).toHaveLength(0);
  });

  test('encodes a frame once for all who subscribe under the same id', () => {
    const hub = new Hub(),
      a = new Client(hub),
      b = new Client(hub);
    a.work();
    b.work();
    hub.deliver(marks(5, 1n));
    expect(a.waiting[0]).toBe(b.waiting[0]);
  });
});

/** Reads of 4 KiB, each with a mapping, an I/O and a message. */
function* readRows(from: number, to: number): Generator<EventRow> {
  for (let n = from; n < to; n++) {
    const op = opId(SourceId.fuse, n + 1),
      row = { op, inode: 1, time: BigInt(n * 10), source: SourceId.fuse };
    yield { ...row, kind: Kind.opBegin, type: OpType.iomap, role: Asker.kernel, offset: BigInt(n) * 4096n, length: 4096n };
    yield { ...row, kind: Kind.message, bytes: Uint8Array.of(n & 0xff), role: 1, length: 1n };
    yield { ...row, kind: Kind.mapping, role: MappingRole.read, offset: 0n, length: 1n << 20n, type: MapType.MAPPED, device: 1, addr: 0n };
    yield { ...row, kind: Kind.io, role: IoStage.submit, length: 4096n, device: 1 };
    yield { ...row, kind: Kind.io, role: IoStage.done, result: 4096n, time: row.time + 3n };
    yield { ...row, kind: Kind.opEnd, type: OpType.iomap, result: 4096n, time: row.time + 5n };
  }
}
const reads = (from: number, to: number): EventRow[] => [...readRows(from, to)];

function marks(n: number, at: bigint): Frame {
  const rows = new FrameBuilder();
  for (let k = 0; k < n; k++) rows.source[rows.row(Kind.mark, at)] = SourceId.workload;
  return decodeFrame(rows.take(at + 1n)) as Frame;
}
