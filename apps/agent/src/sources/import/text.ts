import type { Flaw } from '@mapscope/shared/units';
import { type FileBytes, type FtraceText, TextReader, TextRecords } from '@mapscope/shared/wire';
import knownFormats from './known-formats.json' with { type: 'json' };
import type { Trace } from './trace.ts';

/** Further flaws of one file say nothing new. */
const MOST_FLAWS = 1000;

/**
 * Text of ftrace as a trace. How events are printed is known of two kernels (`known-formats.json`: `format` files of 6.18, and those of Debian's 6.1
 * that print otherwise); what neither prints so has its text only. Neither clock nor kernel stand in the text.
 */
export function openText(text: FtraceText, size: FileBytes['size']): Omit<Trace, 'close'> {
  const flaws: Flaw[] = [],
    records = new TextRecords(Object.values(knownFormats).flat(), text.dialect);
  const tell = (flaw: Flaw): void => {
    if (flaws.length < MOST_FLAWS && !flaws.some(({ at }) => at === flaw.at)) flaws.push(flaw);
  };
  return {
    what: `${text.dialect === 'kernel' ? 'text of tracefs' : 'text of trace-cmd report'}, ${size} bytes`,
    clock: '',
    kernel: '',
    // As bytes are printed by the known formats.
    pageSize: 4096,
    commands: new Map(),
    flaws,
    kernelCount: undefined,
    isLittle: true,
    formatById: (id) => records.formats[id],
    read: (to) => new TextReader(text, records, to, tell),
  };
}
