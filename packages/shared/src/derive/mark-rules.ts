import { Kind } from '../trace/index.ts';
import { bytesOf, type FtraceFormat } from '../wire/index.ts';
import type { Handle, Rule, Scene } from './rule.ts';

/** What somebody wrote to `trace_marker`, to find the place again. It is of no device and of no file. */
export const markRules: readonly Rule[] = [{ system: 'ftrace', event: 'print', use: marked }];

const NEWLINE = 10;

function marked(format: FtraceFormat, { rows }: Scene): Handle | undefined {
  const text = bytesOf(format, 'buf');
  if (!text) return undefined;
  return (view, at, size, { time, cpu, pid }) => {
    const bytes = text(view, at, size),
      nul = bytes.indexOf(0);
    // The kernel ends the text with a newline and a NUL, and fills what is left of the record.
    let end = nul < 0 ? bytes.length : nul;
    if (bytes[end - 1] === NEWLINE) end--;
    const i = rows.note(Kind.mark, time),
      c = rows.columns;
    c.cpu[i] = cpu;
    c.pid[i] = pid;
    rows.text(bytes.subarray(0, end));
  };
}
