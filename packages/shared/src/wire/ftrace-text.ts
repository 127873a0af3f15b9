import { type Flaw, flaw, utf8Text } from '../units/index.ts';
import { addLost } from './ftrace-lane.ts';
import { mayBeRecord, type TextLine, parseTextLine } from './ftrace-line.ts';
import type { TextRecords } from './ftrace-text-records.ts';
import type { Dialect } from './ftrace-told.ts';
import type { FileBytes } from './tracedat/bytes.ts';
import type { TakeRecords } from './tracedat/reader.ts';

const BLOCK = 1 << 16;
/** Nobody says on which CPU. */
const NO_CPU = 0xffff;
/** Lines at the beginning among which one has to be an event's: else it is no trace. */
const MOST_HEAD = 64;
/** What `trace_pipe` gives has no head. The kernel's lines have the column of interrupts behind the CPU, those of trace-cmd have not. */
const OF_KERNEL = /\[\d{1,5}\]\s+[^\s\d]\S{2,7}\s+\d/;

type EventLine = TextLine & { readonly kind: 'event' };

/** Text of ftrace that somebody saved: the `trace` file of tracefs, or what `trace-cmd report` prints. */
export interface FtraceText {
  readonly dialect: Dialect;
  readonly source: FileBytes;
}

/** A flaw: nothing at its beginning looks like it. */
export function openFtraceText(source: FileBytes): FtraceText | Flaw {
  const start = utf8Text(source.read(0, BLOCK)).split('\n'),
    line = start.find((text, i) => i < MOST_HEAD && parseTextLine(text)?.kind === 'event');
  if (line !== undefined) return { dialect: start[0]!.startsWith('# tracer:') || OF_KERNEL.test(line) ? 'kernel' : 'trace-cmd', source };
  const found = JSON.stringify(start[0]?.slice(0, 40) ?? '');
  return flaw({ code: 'E_FORMAT', at: 0, field: 'file', found, allowed: 'a line of ftrace: "task-pid [cpu] time: event: text"' });
}

/**
 * Reads such a text from the beginning. `records` says what events are known, and has the formats of what was read. Lines are in the order of the
 * file, which is that of time; one that makes no sense, and a last one that is cut, are told as lost. A mark may have several lines.
 */
export class TextReader {
  until = 0n;
  private readonly source: FileBytes;
  private readonly records: TextRecords;
  private readonly to: TakeRecords;
  private readonly tell: (flaw: Flaw) => void;
  private at = 0;
  private rest: Uint8Array = new Uint8Array(0);
  /** By CPU: time of its last record, and what is lost since. */
  private readonly last = new Map<number, bigint>();
  private readonly owed = new Map<number, bigint>();
  /** The record before, a mark: its text may go on. */
  private mark: { readonly line: EventLine; readonly at: number; text: string } | undefined;

  constructor({ source }: FtraceText, records: TextRecords, to: TakeRecords, tell: (flaw: Flaw) => void) {
    this.source = source;
    this.records = records;
    this.to = to;
    this.tell = tell;
  }

  /** Takes the lines of some 64 KiB; answers false when none are left. */
  step(): boolean {
    const bytes = this.source.read(this.at, BLOCK);
    if (bytes.length === 0) return this.finish();
    const all = joined(this.rest, bytes),
      begin = this.at - this.rest.length;
    this.at += bytes.length;
    let from = 0;
    for (let end = all.indexOf(LINE_FEED); end >= 0; end = all.indexOf(LINE_FEED, from)) {
      this.line(utf8Text(all.subarray(from, end)), begin + from);
      from = end + 1;
    }
    this.rest = all.slice(from);
    if (this.rest.length > BLOCK) {
      this.refuse('', begin + from);
      this.rest = new Uint8Array(0);
    }
    return true;
  }

  private finish(): boolean {
    this.endMark();
    if (this.rest.length > 0) {
      const at = this.at - this.rest.length;
      this.tell(
        flaw({ code: 'E_SHORT', at: this.at, field: 'line', found: 'the end of the file', allowed: `a line feed behind byte ${at}` }),
      );
      this.owe(NO_CPU, -1n);
      this.rest = new Uint8Array(0);
    }
    for (const [cpu, n] of this.owed) this.to.lost(cpu, n, this.since(cpu), this.until);
    this.owed.clear();
    return false;
  }

  private line(text: string, at: number): void {
    const line = parseTextLine(text);
    if (!line && this.mark && !mayBeRecord(text)) {
      this.mark.text += `\n${text}`;
      return;
    }
    this.endMark();
    if (!line) this.refuse(text, at);
    else if (line.kind === 'event' && MARKS.has(line.event)) this.mark = { line, at, text: line.text };
    else if (line.kind === 'event') this.event(line.event, line.text, line, at);
    else if (line.kind === 'lost') this.owe(line.cpu, line.n);
    else if (line.kind === 'written' && line.written > line.inBuffer) this.owe(NO_CPU, line.written - line.inBuffer);
  }

  private endMark(): void {
    const { mark } = this;
    if (!mark) return;
    this.mark = undefined;
    // The kernel prints a marker by the function that wrote it, not by its event.
    const isPlain = mark.line.event === 'print';
    this.event('print', isPlain ? mark.text : `${mark.line.event}: ${mark.text}`, mark.line, mark.at);
  }

  private event(event: string, text: string, { cpu, pid, time }: EventLine, at: number): void {
    const record = this.records.record(event, text, pid);
    if (!record) return this.refuse(text, at);
    for (const whose of [NO_CPU, cpu]) {
      const n = this.owed.get(whose);
      if (n === undefined) continue;
      this.owed.delete(whose);
      this.to.lost(whose, n, this.since(whose), time);
    }
    this.to.record(record.view, 0, record.size, time, cpu);
    this.last.set(cpu, time);
    if (time > this.until) this.until = time;
  }

  /** Nothing of that CPU was lost before. */
  private since(cpu: number): bigint {
    return cpu === NO_CPU ? this.until : (this.last.get(cpu) ?? 0n);
  }

  private refuse(text: string, at: number): void {
    this.tell(flaw({ code: 'E_FORMAT', at, field: 'line', found: JSON.stringify(text.slice(0, 60)), allowed: 'a line of ftrace' }));
    this.owe(NO_CPU, -1n);
  }

  private owe(cpu: number, n: bigint): void {
    this.owed.set(cpu, addLost(this.owed.get(cpu) ?? 0n, n));
  }
}

const MARKS: ReadonlySet<string> = new Set(['print', 'tracing_mark_write']);
const LINE_FEED = 10;

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}
