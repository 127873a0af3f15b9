import { csvCell, csvPrinter, type PrintRecord } from '@mapscope/shared/wire';
import type { Trace } from './trace.ts';

const PID_AT = 4;
const COMMON = 8;

/**
 * The records of a trace as lines `time_ns,cpu,pid,event,field=value…`, in pieces. Where records were lost a line says so in place of an event:
 * `lost,count=N`, or `lost,at_least=1` where nobody knows how many.
 */
export function* csvOf(trace: Trace): Generator<string> {
  const printers = new Map<number, { readonly event: string; readonly print: PrintRecord }>();
  let text = '';
  const pass = trace.read({
    record(view, at, size, time, cpu) {
      const isWhole = size >= COMMON,
        id = size >= 2 ? view.getUint16(at, trace.isLittle) : 0,
        pid = isWhole ? view.getInt32(at + PID_AT, trace.isLittle) : '';
      let printer = printers.get(id);
      if (!printer) printers.set(id, (printer = printerOf(trace, id)));
      text += `${time},${cpu},${pid},${printer.event}${printer.print(view, at, size)}\n`;
    },
    lost(cpu, n, _, to) {
      text += `${to},${cpu},,lost,${n < 0n ? 'at_least=1' : `count=${n}`}\n`;
    },
  });
  for (let isMore = true; isMore;) {
    isMore = pass.step();
    if (text.length < PIECE && isMore) continue;
    yield text;
    text = '';
  }
}

const PIECE = 1 << 16;

/** A record of an event that the trace does not describe is printed as its bytes. */
function printerOf(trace: Trace, id: number): { readonly event: string; readonly print: PrintRecord } {
  const format = trace.formatById(id);
  if (format) return { event: csvCell(format.name), print: csvPrinter(format) };
  const hex = (view: DataView, at: number, size: number): string =>
    `,bytes=${Buffer.from(view.buffer, view.byteOffset + at, size).toString('hex')}`;
  return { event: `id_${id}`, print: hex };
}
