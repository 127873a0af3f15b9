import { type Flaw, isFlaw } from '@mapscope/shared/units';
import { type FileBytes, openFtraceText, TextReader, TextRecords, type VisitRecord } from '@mapscope/shared/wire';
import { refused } from '../../host/refused.ts';
import type { Scan, Trace } from './trace.ts';

/** Further flaws of one file say nothing new. */
const MOST_FLAWS = 1000;

/**
 * Text of ftrace as a trace. How events are printed is known of two kernels (`known-formats.json`: `format` files of 6.18, and those of Debian's 6.1
 * that print otherwise); what neither prints so has its text only. Neither clock nor kernel stand in the text.
 * Throws `Refused`, by this `name` and with this `help`, when it is none.
 */
export async function readText(source: FileBytes, name: string, help: string): Promise<Omit<Trace, 'close'>> {
  const text = openFtraceText(source);
  if (isFlaw(text)) throw refused('E_TRACE', `${name} is no trace that mapscope knows`, help);
  // Half of the program is what is known of events: it is loaded by whoever needs it.
  const { default: known } = await import('./known-formats.json', { with: { type: 'json' } }),
    flaws: Flaw[] = [],
    records = new TextRecords(Object.values(known).flat(), text.dialect);
  const tell = (flaw: Flaw): void => {
    if (flaws.length < MOST_FLAWS && !flaws.some(({ at }) => at === flaw.at)) flaws.push(flaw);
  };
  return {
    what: `${text.dialect === 'kernel' ? 'text of tracefs' : 'text of trace-cmd report'}, ${source.size} bytes`,
    clock: '',
    kernel: '',
    // As bytes are printed by the known formats.
    pageSize: 4096,
    commands: new Map(),
    flaws,
    kernelCount: undefined,
    unread: records.unread,
    isLittle: true,
    formatById: (id) => records.formats[id],
    read: (to) => new TextReader(text, records, to, tell),
    scan: (visit) => scanOf((to) => new TextReader(text, records, to, tell), visit),
  };
}

/** Text has to be read to know what is in it. */
function scanOf(read: Trace['read'], visit: VisitRecord): Scan {
  let records = 0,
    first = 0n;
  const pass = read({
    record(view, at, size, time) {
      if (records++ === 0) first = time;
      visit(view, at, size);
    },
    lost: () => undefined,
  });
  return {
    step: () => pass.step(),
    get records() {
      return records;
    },
    get first() {
      return first;
    },
  };
}
