import { type ColumnName, columns, type Frame, type Kind, meanings } from '@mapscope/shared/trace';

/* The same work as it is done without a format of its own: a JSON object a line, maps of plain objects. */

const U64 = new Set<ColumnName>(['time', 'offset', 'length', 'addr', 'result']);

/** The rows of a frame, a line each; what a kind does not use is left out. */
export function linesOf(frame: Frame): string[] {
  return Array.from({ length: frame.count }, (_, i) => {
    const { name, columns: used } = meanings[frame.kind[i] as Kind],
      row: Record<string, unknown> = { kind: name, time: String(frame.time[i]), source: frame.source[i], how: frame.how[i] };
    for (const [column] of columns) {
      if (!(column in used) || column === 'heap' || column === 'time') continue;
      row[column] = U64.has(column) ? String(frame[column][i]) : frame[column][i];
    }
    if ('heap' in used) row['text'] = Buffer.from(frame.heapBytes.subarray(i === 0 ? 0 : frame.heap[i - 1], frame.heap[i])).toString();
    return JSON.stringify(row);
  });
}

interface PlainExtent {
  readonly from: bigint;
  readonly to: bigint;
  readonly addr: bigint;
}

/** What is known of a few files, and the names of all, after so many lines: seeking without keyframes or index. */
export function readLines(text: string, wanted: ReadonlySet<number>): Map<number, { path: string; size: bigint; extents: PlainExtent[] }> {
  const files = new Map<number, { path: string; size: bigint; extents: PlainExtent[] }>();
  for (const line of text.split('\n')) {
    const row = JSON.parse(line) as { kind: string; inode: number; offset: string; length: string; addr: string; text: string };
    if (row.kind === 'inode')
      files.set(row.inode, { path: row.text, size: BigInt(row.length), extents: files.get(row.inode)?.extents ?? [] });
    if (row.kind !== 'extent' || !wanted.has(row.inode)) continue;
    const from = BigInt(row.offset),
      to = from + BigInt(row.length),
      file = files.get(row.inode);
    if (!file) continue;
    file.extents = file.extents.filter((extent) => extent.to <= from || extent.from >= to);
    file.extents.push({ from, to, addr: BigInt(row.addr) });
    file.extents.sort((a, b) => (a.from < b.from ? -1 : 1));
  }
  return files;
}
