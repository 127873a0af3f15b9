import { createModel, type Model, reduce } from '@mapscope/shared/model';
import { FrameBuilder, How, Kind, MapLayer, MapType, SourceId } from '@mapscope/shared/trace';
import { interleave } from './statistics.ts';
import { lay, type PlainExtent } from './plain-model.ts';
import { decoded } from './reducing.ts';

/* A file in a million pieces: what one more write costs. Runs in Node and, bundled, in Chromium. */

export const EXTENTS = 1_000_000;
/** Writes timed together: a browser's clock ticks in tenths of a millisecond. */
const TOGETHER = 50;
const GROUPS = 200,
  PAIRS = 7;

let seed = 1;
const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;

const extentAt = (block: number, addr: number): PlainExtent => ({
  from: BigInt(block) * 4096n,
  to: BigInt(block + 1) * 4096n,
  addr: BigInt(addr) * 4096n,
  device: 1,
  type: MapType.MAPPED,
  flags: 0,
  how: How.reported,
  op: addr,
  since: BigInt(addr),
});

/** Every second block of a file has an extent. */
export function madePieces(extents: number): Model {
  const model = createModel(),
    builder = new FrameBuilder(10_000);
  for (let k = 0; k < extents;) {
    for (let i = 0; i < 10_000 && k < extents; i++, k++) put(builder, extentAt(2 * k, 3 * k));
    reduce(model, decoded(builder.take(1n)));
  }
  return model;
}

export const plainPieces = (extents: number): PlainExtent[] => Array.from({ length: extents }, (_, k) => extentAt(2 * k, 3 * k));

function put(builder: FrameBuilder, it: PlainExtent): void {
  const i = builder.row(Kind.extent, it.since);
  builder.inode[i] = 1;
  builder.source[i] = SourceId.fuse;
  builder.role[i] = MapLayer.data;
  builder.offset[i] = it.from;
  builder.length[i] = it.to - it.from;
  builder.addr[i] = it.addr;
  builder.device[i] = it.device;
  builder.type[i] = it.type;
  builder.how[i] = it.how;
  builder.op[i] = it.op;
}

export interface Writes {
  readonly extents: number;
  /** Microseconds a write, the middle of a pair's groups of 50: 200 of ours, 10 of the peer's. */
  readonly ours: readonly number[];
  readonly peer: readonly number[];
}

/** Microseconds from the bytes of a frame with one write to the model that has it; the peer lays the same extent into one sorted array of objects. */
export async function measureWrites(): Promise<Writes> {
  const model = madePieces(EXTENTS),
    list = plainPieces(EXTENTS),
    builder = new FrameBuilder(1);
  const timed = (groups: number, writes: () => () => void): number[] =>
    Array.from({ length: groups }, () => {
      const write = writes(),
        started = performance.now();
      write();
      return ((performance.now() - started) * 1000) / TOGETHER;
    });
  const someWrites = (): PlainExtent[] => Array.from({ length: TOGETHER }, () => extentAt(random(2 * EXTENTS), random(1 << 30)));
  const middle = (values: number[]): number => [...values].sort((a, b) => a - b)[values.length >>> 1]!;
  const ours = (): number =>
    middle(
      timed(GROUPS, () => {
        const frames = someWrites().map((it) => {
          put(builder, it);
          return builder.take(1n);
        });
        return () => {
          for (const bytes of frames) reduce(model, decoded(bytes));
        };
      }),
    );
  const peer = (): number =>
    middle(
      timed(GROUPS / 20, () => {
        const extents = someWrites();
        return () => {
          for (const extent of extents) lay(list, extent);
        };
      }),
    );
  const [a, b] = await interleave(PAIRS, ours, peer);
  return { extents: model.files.find(1)!.data.size, ours: a, peer: b };
}
