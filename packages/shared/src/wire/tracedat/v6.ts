import type { Flaw } from '../../units/index.ts';
import { readCommands, readFtraceFormats, readHeaderInfo, readSystems, skipLong } from './bodies.ts';
import type { FileBytes } from './bytes.ts';
import { FileCursor } from './file-cursor.ts';
import { currentClock, OptionId, readOptions } from './options.ts';
import { type CpuData, MOST_BUFFERS, MOST_CPUS, type Parts } from './parts.ts';

const TAG = 10;
const MAX_CLOCKS = 4096;
const MAX_NAME = 4096;

/** Version 6 behind the page size: the texts, the options, then a table of each CPU's data. */
export function readV6(source: FileBytes, at: number, isLittle: boolean, parts: Parts): void {
  const cursor = new FileCursor(source, at, { isLittle });
  readHeaderInfo(cursor, parts);
  readFtraceFormats(cursor, parts);
  readSystems(cursor, parts);
  const kallsyms = skipLong(cursor, 'kallsyms');
  if (!cursor.flaw) parts.kallsyms = { ...kallsyms, isPacked: false };
  skipLong(cursor, 'printk formats');
  readCommands(cursor, parts);
  const cpus = cursor.u32('count of CPUs'),
    instances: { name: string; at: number }[] = [];
  parts.tell(readBuffer(cursor, source, '', cpus, parts, instances));
  for (const { name, at: place } of instances) {
    const inside = new FileCursor(source, place, { isLittle });
    parts.tell(readBuffer(inside, source, name, cpus, parts, []));
  }
}

/** Options, if there are, then `flyrecord` and its table, or the text of a latency tracer. */
function readBuffer(
  cursor: FileCursor,
  source: FileBytes,
  name: string,
  cpus: number,
  parts: Parts,
  instances: { name: string; at: number }[],
): Flaw | undefined {
  let at = cursor.at,
    tag = cursor.text('tag', TAG - 1).trimEnd();
  if (tag === 'options') {
    readOptions(cursor, parts, (id, body) => {
      if (id !== OptionId.BUFFER || instances.length >= MOST_BUFFERS) return;
      const place = body.place('place of a buffer'),
        label = body.text('name of a buffer', MAX_NAME);
      if (!body.flaw && label !== '') instances.push({ name: label, at: place });
    });
    at = cursor.at;
    tag = cursor.text('tag', TAG - 1).trimEnd();
  }
  if (tag === 'latency') parts.text = { at: cursor.at, size: cursor.left, isPacked: false };
  else if (tag === 'flyrecord') readTable(cursor, source, name, parts.cpuCount ?? cpus, parts);
  else cursor.refuse({ code: 'E_FORMAT', at, field: 'tag', found: JSON.stringify(tag), allowed: 'options, flyrecord or latency' });
  return cursor.flaw;
}

function readTable(cursor: FileCursor, source: FileBytes, name: string, count: number, parts: Parts): void {
  const at = cursor.at;
  if (count > MOST_CPUS) cursor.refuse({ code: 'E_TOO_BIG', at, field: 'count of CPUs', found: `${count}`, allowed: `0 to ${MOST_CPUS}` });
  const cpus: CpuData[] = [];
  for (let cpu = 0; cpu < count && !cursor.flaw; cpu++) {
    const place = cursor.place(`place of CPU ${cpu}`),
      size = cursor.place(`size of CPU ${cpu}`);
    if (!cursor.flaw) cpus.push({ cpu, at: place, size, isPacked: false });
  }
  // A file without data may end here: then nothing is said of the clock.
  if (cursor.left > 0) {
    const clocks = cursor.place('size of the list of clocks');
    if (clocks <= MAX_CLOCKS && clocks <= cursor.left) {
      const clock = currentClock(String.fromCharCode(...cursor.bytes('list of clocks', clocks, MAX_CLOCKS)));
      if (clock !== '') parts.clock = clock;
    }
  }
  parts.buffers.push({ name, clock: parts.clock, pageSize: 0, cpus });
}
