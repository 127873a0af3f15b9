import { createModel, reduce } from '@mapscope/shared/model';
import { decodeFrame, type Frame, FrameBuilder, frameSize, How, Kind, MapLayer, MapType, SourceId } from '@mapscope/shared/trace';
import { isFlaw } from '@mapscope/shared/units';
import { interleave } from './statistics.ts';
import { PlainModel } from './plain-model.ts';

/* Decoding and reducing, and the peer's reading of lines: runs in Node and, bundled, in Chromium. */

const ROWS = 10_000,
  FRAMES = 20;

/** The hard case: two hundred thousand extents, here and there in sixteen files of a hundred thousand blocks. Nearly each is one more. */
export function* randomExtents(): Generator<Uint8Array> {
  const builder = new FrameBuilder(ROWS);
  let seed = 7,
    at = 1n;
  const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
  for (let f = 0; f < FRAMES; f++) {
    for (let i = 0; i < ROWS; i++) {
      const row = builder.row(Kind.extent, (at += 1000n)),
        block = BigInt(random(100_000));
      builder.inode[row] = 1 + random(16);
      builder.offset[row] = block * 4096n;
      builder.length[row] = BigInt(1 + random(8)) * 4096n;
      builder.addr[row] = BigInt(random(1_000_000)) * 4096n;
      builder.device[row] = 1 + random(4);
      builder.type[row] = MapType.MAPPED;
      builder.role[row] = MapLayer.data;
      builder.source[row] = SourceId.fuse;
      builder.how[row] = How.reported;
    }
    yield builder.take(at);
  }
}

export const decoded = (bytes: Uint8Array, at = 0): Frame => {
  const frame = decodeFrame(bytes, at);
  if (isFlaw(frame)) throw new Error(frame.code);
  return frame;
};

/** Where each of the frames that stand back to back in `bytes` begins. */
export function framesIn(bytes: Uint8Array): number[] {
  const starts: number[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = frameSize(bytes, at);
    if (typeof size !== 'number') throw new Error('not frames');
    starts.push(at);
    at += size;
  }
  return starts;
}

export interface Rates {
  readonly rows: number;
  /** Rows a second, a value a pair. */
  readonly ours: readonly number[];
  readonly peer: readonly number[];
}

const PAIRS = 15;

/** `frames` back to back; `text`: the first of their rows, a line each. A pair is all frames, and all lines. */
export async function measureReducing(frames: Uint8Array, text: string): Promise<Rates> {
  const starts = framesIn(frames),
    lines = text.split('\n');
  let rows = 0;
  for (const at of starts) rows += decoded(frames, at).count;
  const ours = (): number => {
    const model = createModel(),
      started = performance.now();
    for (const at of starts) reduce(model, decoded(frames, at));
    return rows / ((performance.now() - started) / 1000);
  };
  const peer = (): number => {
    const model = new PlainModel(),
      started = performance.now();
    for (const line of lines) model.line(line);
    return lines.length / ((performance.now() - started) / 1000);
  };
  for (let k = 0; k < 2; k++) {
    ours();
    peer();
  }
  const [a, b] = await interleave(PAIRS, ours, peer);
  return { rows, ours: a, peer: b };
}
