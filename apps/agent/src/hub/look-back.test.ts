import { type EventRow, frameOf, recordingHeader } from '@mapscope/shared/fixtures';
import { createModel, type Model, plain, type RangeEnd, reduce } from '@mapscope/shared/model';
import { decodeFrame, type Frame, FrameFlag, Kind, MapLayer, MapType, SourceId } from '@mapscope/shared/trace';
import type { Problem } from '@mapscope/shared/units';
import { describe, expect, test, vi } from 'vitest';
import type { History } from './history.ts';
import { findIn, overviewOf } from './history.ts';
import { Hub } from './hub.ts';
import { LookBack, type LookBackOptions } from './look-back.ts';
import { Spool, type SpoolFolder } from './spool.ts';

const SOON = { timeout: 10_000, interval: 1 };

/** A spool in memory. */
class Memory implements SpoolFolder {
  readonly files = new Map<string, Uint8Array>();
  isBroken = false;

  create(name: string): ReturnType<SpoolFolder['create']> {
    this.files.set(name, new Uint8Array());
    return Promise.resolve({
      append: (bytes) => {
        this.files.set(name, new Uint8Array(Buffer.concat([this.files.get(name)!, bytes])));
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    });
  }

  read(name: string, at: number, length: number): Promise<Uint8Array> {
    return this.isBroken ? Promise.reject(new Error('EIO')) : Promise.resolve(this.files.get(name)!.subarray(at, at + length));
  }

  remove(name: string): Promise<void> {
    this.files.delete(name);
    return Promise.resolve();
  }
}

/** A hub whose stream is kept, in blocks of a frame each. */
function kept(maxBytes = 1 << 20): { hub: Hub; spool: Spool; memory: Memory } {
  const hub = new Hub(),
    memory = new Memory(),
    spool = new Spool({
      model: hub.model,
      folder: memory,
      maxBytes,
      recording: () => ({ header: recordingHeader, blockBytes: 1 }),
      stopped: () => undefined,
    });
  hub.listen((frame) => spool.frame(frame));
  return { hub, spool, memory };
}

const extent = (n: number): EventRow => ({
  kind: Kind.extent,
  time: BigInt(n),
  inode: 1 + (n % 3),
  source: SourceId.fuse,
  role: MapLayer.data,
  offset: BigInt(n) * 4096n,
  length: 4096n,
  addr: BigInt(n) * 8192n,
  device: 1,
  type: MapType.MAPPED,
});

/** A client that takes frames, and gives credits back when it is told to. */
class Client {
  readonly frames: Frame[] = [];
  flying = 0;
  most = 0;
  end: RangeEnd | undefined;
  refused: Problem | undefined;
  readonly look: LookBack;

  constructor(history: History, options: Partial<LookBackOptions> & Pick<LookBackOptions, 'from' | 'to'>) {
    this.look = new LookBack(history, {
      id: 7,
      credits: 1 << 20,
      send: (bytes) => {
        this.frames.push(decodeFrame(bytes) as Frame);
        this.flying += bytes.length;
        this.most = Math.max(this.most, this.flying);
      },
      ended: (end) => (this.end = end),
      refused: (why) => (this.refused = why),
      ...options,
    });
  }

  giveBack(): void {
    const bytes = this.flying;
    this.flying = 0;
    this.look.credit(bytes);
  }

  whenOver(): Promise<unknown> {
    return vi.waitUntil(() => this.end ?? this.refused, SOON);
  }

  model(): Model {
    const model = createModel();
    for (const frame of this.frames) reduce(model, frame);
    return model;
  }
}

describe('LookBack', () => {
  test('gives the state and the log up to now, also what the disk has not got yet', async () => {
    const { hub, spool } = kept();
    for (let n = 1; n <= 50; n++) hub.deliver(frameOf([extent(n)]));
    const client = new Client(spool, { from: 20n, to: 20n });
    await client.whenOver();
    expect(plain(client.model())).toEqual(plain(hub.model));
    expect(client.end).toEqual({ from: 0n, until: 51n, next: undefined, flaws: [] });
    expect(new Set(client.frames.map(({ subscription }) => subscription))).toEqual(new Set([7]));
    expect(client.frames.filter(({ flags_ }) => (flags_ & FrameFlag.sectionsEnd) !== 0)).toHaveLength(1);
  });

  test('sends no more than its credits, one frame at least, and goes on when they come back', async () => {
    const { hub, spool } = kept();
    for (let n = 1; n <= 50; n++) hub.deliver(frameOf([extent(n)]));
    const client = new Client(spool, { from: 0n, to: 0n, credits: 1 });
    await vi.waitUntil(() => client.frames.length === 1, SOON);
    for (let n = 2; !client.end; n++) {
      client.giveBack();
      await vi.waitUntil(() => client.frames.length === n || client.end, SOON);
    }
    expect(client.most).toBe(Math.max(...client.frames.map(({ bytes }) => bytes.length)));
    expect(plain(client.model())).toEqual(plain(hub.model));
  });

  test('is silent while paused and for good when closed', async () => {
    const { hub, spool } = kept();
    hub.deliver(frameOf([extent(1)]));
    const paused = new Client(spool, { from: 0n, to: 0n }),
      closed = new Client(spool, { from: 0n, to: 0n });
    paused.look.pause(true);
    closed.look.close();
    await spool.settle();
    await new Promise(setImmediate);
    expect([paused.frames, closed.frames]).toEqual([[], []]);
    paused.look.pause(false);
    await paused.whenOver();
    expect([closed.frames, closed.end, closed.refused]).toEqual([[], undefined, undefined]);
  });

  test('begins with the oldest that is kept where it is asked for what is not', async () => {
    const { hub, spool, memory } = kept(32 << 10);
    for (let n = 1; n <= 600; n++) {
      hub.deliver(frameOf([extent(n)]));
      await spool.settle();
    }
    expect(memory.files.has('000001.mapscope')).toBe(false);
    const client = new Client(spool, { from: 1n, to: 1n });
    await client.whenOver();
    expect(client.end!.from).toBeGreaterThan(1n);
    expect(client.end!.flaws).toEqual([]);
  });

  test('says that nothing has been recorded, and that what was kept cannot be read', async () => {
    const { hub, spool, memory } = kept(),
      early = new Client({ parts: () => [], settle: () => Promise.resolve() }, { from: 0n, to: 0n });
    await early.whenOver();
    expect(early.refused).toMatchObject({ code: 'E_NOTHING_KEPT' });
    hub.deliver(frameOf([extent(1)]));
    memory.isBroken = true;
    const late = new Client(spool, { from: 0n, to: 0n });
    await late.whenOver();
    expect(late.refused).toMatchObject({ code: 'E_FORGOTTEN' });
  });
});

describe('findIn', () => {
  test('names a moment in the nearest part that has rows about an inode, or none', async () => {
    const { hub, spool } = kept();
    // So many rows that no two frames share an entry of the index.
    for (let n = 1; n <= 8; n++)
      hub.deliver(
        frameOf(
          Array.from({ length: 2100 }, () => extent(n)),
          BigInt(n),
        ),
      );
    await spool.settle();
    // The rows of frame n are about inode 1 + n % 3.
    expect([findIn(spool, 2, 8n, -1), findIn(spool, 2, 7n, -1), findIn(spool, 2, 3n, 1)]).toEqual([{ at: '7' }, { at: '4' }, { at: '4' }]);
    expect(findIn(spool, 9, 8n, -1)).toBeNull();
  });
});

describe('overviewOf', () => {
  test('counts rows by the name of their kind, u64 as decimal strings', async () => {
    const { hub, spool } = kept();
    for (let n = 1; n <= 8; n++) hub.deliver(frameOf([extent(n)], BigInt(n)));
    await spool.settle();
    expect(await overviewOf(spool, 2)).toEqual({ from: '1', step: '4', until: '8', bins: 2, counts: { extent: [4, 4] } });
  });
});
