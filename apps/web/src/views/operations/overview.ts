import type { Box } from '../../draw/index.ts';
import { sayDuration, sayMoment } from '../../axis/index.ts';
import { type BusyKind, busyKinds, byKind } from '../../feed/overview.ts';
import type { OpsInput, Overview } from './scene.ts';

const words: Readonly<Record<BusyKind, readonly [one: string, many: string]>> = {
  operations: ['operation', 'operations'],
  map: ['change of a map', 'changes of maps'],
  cache: ['change in the page cache', 'changes in the page cache'],
  device: ['device I/O', 'device I/Os'],
  rows: ['event of a part without an index', 'events of a part without an index'],
  losses: ['place where events were lost', 'places where events were lost'],
};
/** What a bar stands for. A loss is hatched instead: it is no measure of how much was lost. */
const barKinds = busyKinds.filter((kind) => kind !== 'losses');

/** How busy the whole recording was: square root, so that a quiet stretch beside a busy one still shows. */
export function overviewOf({ window, from, to, until, newest, origin, isRecorded }: OpsInput, box: Box): Overview {
  const { counts, step, ...overview } = window.overview,
    n = counts.operations.length,
    begin = n === 0 ? from : overview.from,
    last = overview.until > newest ? overview.until : newest,
    end = last > begin ? last : begin + 1n;
  const x = (at: bigint): number => box.x + Math.max(0, Math.min(1, Number(at - begin) / Number(end - begin))) * box.w;
  // Of bins that share a pixel column the tallest would hide the others: they are one bar.
  const columns = grouped(counts, n, (k) => Math.round(x(begin + BigInt(k) * step))),
    most = Math.max(1, ...columns.map(({ total }) => total));
  const bars = columns.flatMap(({ first, after, sums, total }) => {
    if (total === 0 && sums.losses === 0) return [];
    // On whole pixels: bars that share one would shine through each other.
    const x0 = Math.round(x(begin + BigInt(first) * step)),
      x1 = Math.round(x(begin + BigInt(after) * step)),
      h = total > 0 ? Math.max(1.5, Math.sqrt(total / most) * (box.h - 2)) : 0;
    let y = box.y + box.h;
    const parts = barKinds.flatMap((kind) => {
      const part = total > 0 ? (sums[kind] / total) * h : 0;
      y -= part;
      return part > 0 ? [{ kind, y, h: part }] : [];
    });
    const lines = [
      `${sayMoment(begin + BigInt(first) * step, origin, step)}, ${sayDuration(BigInt(after - first) * step)}`,
      ...busyKinds.flatMap((kind) => (sums[kind] > 0 ? [`${sums[kind]} ${words[kind][sums[kind] === 1 ? 0 : 1]}`] : [])),
    ];
    return [{ x: x0, w: Math.max(1, x1 - x0 - (x1 - x0 > 3 ? 1 : 0)), parts, lines }];
  });
  // Where the newest losses are is known to the nanosecond; of older ones the recording's index tells the bin.
  const lostTimes = [
    ...window.losses.map((loss) => [loss.from, loss.to] as const),
    ...columns
      .filter(({ sums }) => sums.losses > 0)
      .map(({ first, after }) => [begin + BigInt(first) * step, begin + BigInt(after) * step] as const),
  ];
  const brushFrom = x(from),
    brushTo = x(to);
  return {
    box,
    from: begin,
    to: end,
    bars,
    lost: lostTimes.map(([since, to]) => ({ x: x(since), y: box.y, w: Math.max(2, x(to) - x(since)), h: box.h })),
    brush: { x: brushFrom, y: box.y - 1, w: Math.max(4, brushTo - brushFrom), h: box.h + 2 },
    cursorX: x(until),
    title: isRecorded ? 'whole recording' : 'so far',
    span: n === 0 ? '' : sayDuration(end - begin),
  };
}

interface Column {
  readonly first: number;
  /** The bin behind its last. */
  readonly after: number;
  readonly sums: Readonly<Record<BusyKind, number>>;
  readonly total: number;
}

function grouped(counts: Readonly<Record<BusyKind, Uint32Array>>, n: number, columnOf: (bin: number) => number): Column[] {
  const out: Column[] = [];
  for (let first = 0, after = 0; first < n; first = after) {
    const column = columnOf(first),
      sums = byKind(() => 0);
    for (; after < n && columnOf(after) === column; after++) for (const kind of busyKinds) sums[kind] += counts[kind][after]!;
    out.push({ first, after, sums, total: barKinds.reduce((sum, kind) => sum + sums[kind], 0) });
  }
  return out;
}
