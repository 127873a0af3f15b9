import { createModel, reduce } from '@mapscope/shared/model';
import { decodeFrame, type Frame, FrameBuilder, How, Kind, MapLayer, MapType, SourceId } from '@mapscope/shared/trace';
import { isFlaw } from '@mapscope/shared/units';
import { interleave, median, perSecond, print, ratioOf, sayRatio } from './measure.ts';

const ROWS = 10_000,
  FRAMES = 20;

/** A stream as a busy mount makes it: sixteen files whose extents are written here and there. */
function stream(): Uint8Array[] {
  const builder = new FrameBuilder(ROWS),
    frames: Uint8Array[] = [];
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
    frames.push(builder.take(at));
  }
  return frames;
}

const decoded = (bytes: Uint8Array): Frame => {
  const frame = decodeFrame(bytes);
  if (isFlaw(frame)) throw new Error(frame.code);
  return frame;
};

/** Decode and reduce, against the same work done by JSON lines, plain objects and a sorted array of them. */
export async function codec(): Promise<void> {
  const frames = stream();
  const lines = frames.map((bytes) => {
    const f = decoded(bytes);
    return Array.from({ length: f.count }, (_, i) =>
      JSON.stringify({
        kind: 'extent',
        inode: f.inode[i],
        offset: String(f.offset[i]),
        length: String(f.length[i]),
        addr: String(f.addr[i]),
        device: f.device[i],
        type: f.type[i],
      }),
    ).join('\n');
  });
  const ours = (): number => {
    const model = createModel(),
      started = performance.now();
    for (const bytes of frames) reduce(model, decoded(bytes));
    return (ROWS * FRAMES) / ((performance.now() - started) / 1000);
  };
  const peer = (): number => {
    const files = new Map<number, { from: bigint; to: bigint; addr: bigint; device: number; type: number }[]>();
    const started = performance.now();
    let done = 0;
    // The plain way slows down as files grow: two frames are enough to see it, and kind to it.
    for (const text of lines.slice(0, 2))
      for (const line of text.split('\n')) {
        const row = JSON.parse(line) as { inode: number; offset: string; length: string; addr: string; device: number; type: number };
        const from = BigInt(row.offset),
          to = from + BigInt(row.length),
          list = files.get(row.inode) ?? [];
        const kept = list.filter((extent) => extent.to <= from || extent.from >= to);
        kept.push({ from, to, addr: BigInt(row.addr), device: row.device, type: row.type });
        kept.sort((a, b) => (a.from < b.from ? -1 : 1));
        files.set(row.inode, kept);
        done++;
      }
    return done / ((performance.now() - started) / 1000);
  };
  ours();
  const [a, b] = await interleave(7, ours, peer);
  print({
    name: 'decode + reduce, extent rows',
    ours: perSecond(median(a)),
    peer: perSecond(median(b)),
    ratio: sayRatio(ratioOf(a, b)),
    how: `${ROWS * FRAMES} random extents over 16 files, one core; peer: JSON lines into sorted arrays of objects; 7 pairs`,
  });
}
