import { constants } from 'node:fs';
import { createModel, type Extent, type Model, reduce } from '@mapscope/shared/model';
import { Asker, decodeFrame, type Frame, FrameBuilder, Kind, MapType, SourceId } from '@mapscope/shared/trace';
import { FallocFlag, fallocateIn, Opcode, setattrIn, SetattrFlag } from '@mapscope/shared/wire';
import { afterEach, describe, expect, test } from 'vitest';
import type { FileMap } from './filesystem.ts';
import { BLOCK } from './testing/engine-rig.ts';
import { text } from './testing/requests.ts';
import { closeRigs, create, sessionRig, type SessionRig, write } from './testing/session-rig.ts';

afterEach(closeRigs);

const DIRECT = { flags: constants.O_DIRECT };
const block = 'x'.repeat(BLOCK);

/** Who reads the frames: a model, and a way there on which they can be lost. */
class Reader {
  readonly model = createModel();
  readonly frames: Frame[] = [];
  now = 1_000_000n;
  isLosing = false;
  hasRoom = true;
  private lost = 0;

  readonly options = {
    clock: (): bigint => (this.now += 1000n),
    hasRoom: (): boolean => this.hasRoom,
    sink: (bytes: Uint8Array): void => {
      const frame = decodeFrame(bytes) as Frame;
      if (this.isLosing) this.lost += frame.count;
      else this.take(frame);
    },
  };

  /** Nothing is lost any more, and the model is told what was, as the pipe does. */
  recover(): void {
    this.isLosing = false;
    const row = new FrameBuilder(1),
      i = row.row(Kind.lost, this.now);
    row.source[i] = SourceId.fuse;
    row.result[i] = BigInt(this.lost);
    this.take(decodeFrame(row.take(this.now)) as Frame);
  }

  private take(frame: Frame): void {
    this.frames.push(frame);
    reduce(this.model, frame);
  }
}

interface Lossy extends Pick<Reader, 'model' | 'frames'> {
  readonly rig: SessionRig;
  readonly reader: Reader;
  /** From here on frames do not come. */
  lose(): void;
  /** The reader is there again, and the session is told. */
  resume(): void;
  /** So many rounds of the loop, 10 ms apart. */
  ticks(n: number): Promise<void>;
}

async function lossy(options: Parameters<typeof sessionRig>[0] = {}): Promise<Lossy> {
  const reader = new Reader(),
    rig = await sessionRig({ ...options, ...reader.options }),
    { session } = rig;
  return {
    rig,
    reader,
    model: reader.model,
    frames: reader.frames,
    lose() {
      session.report.flush(true);
      reader.isLosing = true;
    },
    resume() {
      session.report.flush(true);
      reader.recover();
      session.tellAgain();
    },
    async ticks(n) {
      for (let k = 0; k < n; k++) {
        reader.now += 10_000_000n;
        session.tick();
        while (session.isWaiting) await new Promise((resolve) => setImmediate(resolve));
        session.report.flush(true);
      }
    },
  };
}

const fileAt = (model: Model, path: string) => [...model.files.all()].find((file) => !file.gone && file.pathText === path)!;
const say = ({ from, to, type, addr }: Extent): string =>
  `${Object.entries(MapType).find(([, n]) => n === type)![0]} ${from}..${to}${addr < 1n << 60n ? ` at ${addr}` : ''}`;
/** The data map as far as it is no hole, neighbours joined as the model does. */
const known = (model: Model, path: string): string[] =>
  fileAt(model, path)
    .data.list()
    .filter(({ type, from }) => type !== MapType.HOLE && from < 1n << 39n)
    .map(say);
const has = ({ rig }: Lossy, node: bigint): string[] => {
  const twin = createModel().files.get(1).data;
  for (const m of rig.fs.mapOf(node))
    twin.paint(m.offset, m.offset + m.length, { addr: m.addr, device: m.dev, type: m.type as MapType, flags: 0, how: 1, op: 0, since: 0n });
  return twin
    .list()
    .filter(({ type }) => type !== MapType.DELALLOC)
    .map(say);
};

const layout: FileMap = {
  fileSize: 0n,
  extents: [{ kind: 'interleaved', chunkSize: 1024, nbytes: 2048n, strips: [{ devindex: 0, offset: 0n, length: 2048n }] }],
};

describe('tellAgain', () => {
  test('makes every map, size, name and layout known again, also of what came and changed while rows were lost', async () => {
    const l = await lossy({ memory: { pieces: [2, 1] }, wrap: (fs) => Object.assign(fs, { getFmap: () => layout }) }),
      { rig, model } = l;
    const [a, b] = [await create(rig, 'a'), await create(rig, 'b')];
    for (const node of [a, b]) for (let k = 0; k < 8; k++) await write(rig, node, k * 2 * BLOCK, block, DIRECT);
    l.lose();
    const c = await create(rig, 'c');
    await write(rig, c, 3 * BLOCK, block, DIRECT);
    await rig.ask(
      Opcode.FALLOCATE,
      a,
      fallocateIn.encode({ offset: 0n, length: BigInt(4 * BLOCK), mode: FallocFlag.PUNCH_HOLE | FallocFlag.KEEP_SIZE }),
    );
    await rig.ask(Opcode.SETATTR, b, setattrIn.encode({ valid: SetattrFlag.SIZE, size: BigInt(BLOCK + 7) }));
    await rig.ask(Opcode.LINK, 1n, new Uint8Array(new BigUint64Array([b]).buffer), text('d'));
    l.resume();
    expect(known(model, 'a').map((line) => line.split(' ')[0])).toEqual(['UNKNOWN']);
    await l.ticks(1);
    for (const [path, node] of [
      ['a', a],
      ['c', c],
      ['d', b],
    ] as const) {
      expect(known(model, path), path).toEqual(has(l, node));
      expect(fileAt(model, path)).toMatchObject({ how: 2, size: rig.session.inodes.get(node)!.size });
      expect(fileAt(model, path).layouts.list()).toHaveLength(1);
    }
    expect(known(model, 'c')).toHaveLength(1);
    expect(fileAt(model, 'a').data.at(1n << 39n)?.type, 'behind the end').toBe(MapType.HOLE);
  });

  test('says what waits for a place, and that nothing else does', async () => {
    const l = await lossy({ memory: { isDelalloc: true } }),
      node = await create(l.rig, 'a');
    await write(l.rig, node, 0, block);
    l.lose();
    await l.rig.ask(Opcode.FSYNC, node, new Uint8Array(16));
    await write(l.rig, node, 4 * BLOCK, block);
    l.resume();
    await l.ticks(1);
    expect(fileAt(l.model, 'a').pending.list().map(say)).toEqual([`DELALLOC ${4 * BLOCK}..${5 * BLOCK}`]);
    expect(known(l.model, 'a')).toEqual(has(l, node));
  });

  test('goes slice by slice, and what requests change in between is not told wrong', async () => {
    const l = await lossy({ memory: { pieces: [1] } }),
      { rig, model, frames } = l,
      node = await create(rig, 'a');
    // Every other block: each is an extent of its own.
    for (let k = 0; k < 3000; k++) void rig.fs.fallocate(node, FallocFlag.KEEP_SIZE, BigInt(2 * k * BLOCK), BigInt(BLOCK));
    rig.fs.extended(node, BigInt(6000 * BLOCK));
    l.resume();
    await l.ticks(1);
    frames.length = 0;
    await l.ticks(1);
    expect(frames.reduce((rows, { count }) => rows + count, 0)).toBeLessThan(1100);
    // Behind and before what has been told.
    for (const at of [0, 5990])
      await rig.ask(Opcode.FALLOCATE, node, fallocateIn.encode({ offset: BigInt(at * BLOCK), length: BigInt(4 * BLOCK), mode: 3 }));
    await l.ticks(8);
    expect(known(model, 'a')).toEqual(has(l, node));
    frames.length = 0;
    await l.ticks(3);
    expect(
      frames.every(({ count }) => count === 0),
      'it ends',
    ).toBe(true);
  });

  test('waits for a reader that is behind, and begins anew at half the pace when more is lost', async () => {
    const l = await lossy({ memory: { pieces: [1] } }),
      node = await create(l.rig, 'a');
    for (let k = 0; k < 1500; k++) void l.rig.fs.fallocate(node, FallocFlag.KEEP_SIZE, BigInt(2 * k * BLOCK), BigInt(BLOCK));
    l.reader.hasRoom = false;
    l.resume();
    await l.ticks(3);
    expect(known(l.model, 'a').length).toBeLessThan(2);
    l.reader.hasRoom = true;
    await l.ticks(1);
    l.lose();
    await l.ticks(1);
    l.resume();
    l.frames.length = 0;
    await l.ticks(8);
    expect(known(l.model, 'a')).toEqual(has(l, node));
    const told = l.frames.filter(({ count }) => count > 0).map(({ until }) => until);
    expect(told).toHaveLength(3);
    expect(told.slice(1).map((at, i) => (at - told[i]!) / 10_000_000n)).toEqual([2n, 2n]);
  });

  test.each([true, false])('asks a filesystem that lists no maps by REPORT, of its own accord (slow: %s)', async (isSlow) => {
    const l = await lossy({
        memory: { pieces: [1], isSlow },
        wrap: (fs) => Object.assign(Object.create(fs) as typeof fs, { mapOf: undefined }),
      }),
      node = await create(l.rig, 'a');
    for (let k = 0; k < 300; k++) void l.rig.fs.fallocate(node, 0, BigInt(2 * k * BLOCK), BigInt(BLOCK));
    l.lose();
    await write(l.rig, node, 0, block, DIRECT);
    l.resume();
    l.frames.length = 0;
    await l.ticks(6);
    expect(known(l.model, 'a')).toEqual(has(l, node));
    const askers = l.frames.flatMap((f) => [...f.kind].flatMap((kind, i) => (kind === Kind.opBegin ? [f.role[i]] : [])));
    expect(new Set(askers)).toEqual(new Set([Asker.mapscope]));
  });
});
