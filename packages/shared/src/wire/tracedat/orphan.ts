import { FileCursor } from './file-cursor.ts';
import { type CpuData, MOST_CPUS, type Parts } from './parts.ts';
import { type Opened, SECTION_HEAD, type Section } from './section.ts';

/**
 * The CPUs of a section of pages whose table is missing, because the file ends before it or it is damaged. Packed, each CPU says how many chunks it
 * has. Otherwise the pages stand one behind the other, and a page that is earlier than the one before begins the next CPU.
 */
export function cpusWithoutTable(file: Opened, { at, size, isPacked }: Section, parts: Parts): CpuData[] {
  const from = at + SECTION_HEAD,
    end = Math.min(from + size, file.source.size),
    starts = isPacked ? packedStarts(file, from, end) : pageStarts(file, from, end, parts);
  return starts.slice(0, MOST_CPUS).map((start, cpu) => ({ cpu, at: start, size: (starts[cpu + 1] ?? end) - start, isPacked }));
}

function packedStarts({ source, isLittle }: Opened, from: number, end: number): number[] {
  const cursor = new FileCursor(source, from, { isLittle, end }),
    starts: number[] = [];
  while (cursor.left > 0) {
    starts.push(cursor.at);
    const count = cursor.u32('count of chunks');
    for (let i = 0; i < count && !cursor.flaw; i++) {
      const packed = cursor.u32('packed size of a chunk');
      cursor.skip('chunk', 4 + packed);
    }
  }
  return starts;
}

/** Pages are aligned in the file to their size. */
function pageStarts({ source, isLittle }: Opened, from: number, end: number, { pageSize }: Parts): number[] {
  const starts: number[] = [];
  let before = -1n;
  for (let at = Math.ceil(from / pageSize) * pageSize; at < end; at += pageSize) {
    const stamp = new FileCursor(source, at, { isLittle }).u64('stamp of a page');
    if (starts.length === 0 || stamp < before) starts.push(at);
    before = stamp;
  }
  return starts;
}
