import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { isFlaw } from '@mapscope/shared/units';
import {
  bigintOf,
  type Dialect,
  type FtraceField,
  type FtraceFormat,
  inMemory,
  openTraceDat,
  parseTextLine,
  TextPattern,
  textOf,
  type TextLine,
  type ToldValue,
  type TraceDat,
  TraceReader,
} from '@mapscope/shared/wire';
import { openUnpackers } from './unpackers.ts';

/*
 * Every record of the founders' recordings (fixtures/kernel), field for field, against what `trace-cmd report` printed of it, and against what the
 * kernel itself printed where that was kept.
 */
const kernel = join(import.meta.dirname, '../../../../../packages/shared/src/fixtures/kernel'),
  unpackers = await openUnpackers('zstd');
const bytesOf = (name: string): Uint8Array => {
  const bytes = readFileSync(join(kernel, name));
  return new Uint8Array(name.endsWith('.gz') ? gunzipSync(bytes) : bytes);
};

/** What a text does not tell of a field, and what it tells instead: the only values that are not compared as they are. */
interface Exception {
  readonly field: string;
  readonly in: readonly Dialect[];
  readonly why: string;
  /** What must be so of the value all the same. */
  readonly holds: (value: bigint, text: string) => boolean;
}
const exceptions: readonly Exception[] = [
  {
    field: 'vm_flags',
    in: ['kernel', 'trace-cmd'],
    why: 'one bit of it is printed, as shared or private',
    holds: (value, text) => text.includes(' shared ') === ((value & 8n) !== 0n),
  },
  {
    field: 'ioprio',
    in: ['trace-cmd'],
    why: 'its class is printed by names that the format gives no values of, and its parts overlap',
    holds: (value, text) => text.includes(`,${(value >> 3n) & 1023n},${value & 7n} [`),
  },
  {
    field: 'result',
    in: ['trace-cmd'],
    why: 'trace-cmd knows no value of VM_FAULT_OOM, takes it for 0, and prints OOM where nothing happened',
    holds: (value, text) => value === 0n && text.endsWith(' OOM'),
  },
  {
    field: 'state',
    in: ['trace-cmd'],
    why: 'trace-cmd knows no value of I_DIRTY_SYNC, takes it for 0, and prints it where no bit is set',
    holds: (value, text) => value === 0n && / state[= ]I_DIRTY_SYNC /.test(text),
  },
];

interface Line {
  readonly text: string;
  readonly parsed: TextLine;
}
const linesOf = (name: string): Line[] =>
  gunzipSync(readFileSync(join(kernel, name)))
    .toString()
    .split('\n')
    .map((text) => ({ text, parsed: parseTextLine(text)! }))
    .filter(({ parsed }) => parsed.kind === 'event' || parsed.kind === 'lost');

/** By address: name of the symbol that it lies in, as trace-cmd prints it. */
function symbolsOf({ parts, source }: TraceDat): (address: bigint) => string {
  const { at, size } = parts.kallsyms!,
    symbols = Buffer.from(source.read(at, size))
      .toString('latin1')
      .split('\n')
      .map((line) => line.split(/[ \t]/))
      .filter(([address, , name]) => name !== undefined && address !== '')
      .map(([address, , name]) => [BigInt(`0x${address!}`), name!] as const)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return (address) => {
    let low = 0,
      high = symbols.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (symbols[middle]![0] <= address) low = middle + 1;
      else high = middle;
    }
    return symbols[low - 1]?.[1] ?? '';
  };
}

class Comparison {
  records = 0;
  lost = 0n;
  gaps = 0;
  /** Fields that were not told as they are, by name. */
  readonly left = new Map<string, number>();
  readonly wrong: string[] = [];
  private next = 0;
  private readonly patterns = new Map<string, TextPattern>();
  private readonly lines: readonly Line[];
  private readonly dialect: Dialect;

  constructor(dat: string, text: string, dialect: Dialect, symbols?: (trace: TraceDat) => (address: bigint) => string) {
    this.lines = linesOf(text);
    this.dialect = dialect;
    const trace = openTraceDat(inMemory(bytesOf(dat)), unpackers);
    if (isFlaw(trace)) throw new Error(trace.code);
    const nameOf = symbols?.(trace);
    const reader = new TraceReader(trace, {
      record: (view, at, size, time, cpu) => {
        const format = trace.parts.formats.byId(view.getUint16(at, trace.isLittle))!;
        this.record(
          format,
          this.line(),
          (field) => valueOf(format, field, view, at, size),
          { time, cpu, pid: view.getInt32(at + 4, true) },
          nameOf,
        );
      },
      lost: (cpu, n) => {
        if (n < 0n) this.gaps++;
        else this.lost += n;
        const { parsed, text: said } = this.line();
        if (parsed.kind !== 'lost' || parsed.cpu !== cpu || parsed.n !== n) this.fail(said, `lost ${n} on ${cpu}`);
      },
    });
    while (reader.step());
    if (this.next !== this.lines.length) this.wrong.push(`${this.lines.length - this.next} lines more`);
    if (trace.parts.flaws.length > 0) this.wrong.push(...trace.parts.flaws.map(({ code }) => code));
  }

  private line(): Line {
    return this.lines[this.next++] ?? { text: 'no line', parsed: { kind: 'comment' } };
  }

  private record(
    format: FtraceFormat,
    { text, parsed }: Line,
    value: (field: FtraceField) => ToldValue,
    { time, cpu, pid }: { time: bigint; cpu: number; pid: number },
    nameOf?: (address: bigint) => string,
  ): void {
    this.records++;
    if (parsed.kind !== 'event') return this.fail(text, 'a record');
    // Where only microseconds are printed they are rounded.
    const shown = /\.\d{9}:/.test(text) ? time : ((time + 500n) / 1000n) * 1000n,
      isMarker = parsed.event === 'tracing_mark_write';
    if (parsed.time !== shown || parsed.cpu !== cpu || parsed.pid !== pid || (isMarker ? 'print' : parsed.event) !== format.name)
      return this.fail(text, `${time} ${cpu} ${pid} ${format.name}`);
    const said = isMarker ? `${parsed.event}: ${parsed.text}` : parsed.text,
      told = this.patternOf(format).match(said);
    if (!told) return this.fail(text, 'a text of its format');
    for (const field of format.fields.values()) {
      if (field.name.startsWith('common_')) continue;
      const is = value(field),
        as = told.get(field.name);
      if (as === undefined) this.except(field.name, is, text);
      else if (typeof as === 'string' && typeof is === 'bigint') {
        const name = nameOf?.(is);
        if (name !== undefined && as.replace(/[+ ].*$/, '') !== name && !as.startsWith('0x')) this.fail(text, `${field.name} in ${name}`);
      } else if (as !== is) this.fail(text, `${field.name} ${is}`);
    }
  }

  private except(field: string, value: ToldValue, text: string): void {
    const exception = exceptions.find((one) => one.field === field && one.in.includes(this.dialect));
    if (!exception || typeof value === 'string' || !exception.holds(value, text)) return this.fail(text, `${field} ${value}`);
    this.left.set(field, (this.left.get(field) ?? 0) + 1);
  }

  private patternOf(format: FtraceFormat): TextPattern {
    let pattern = this.patterns.get(format.name);
    if (!pattern) this.patterns.set(format.name, (pattern = TextPattern.of(format, this.dialect)!));
    return pattern;
  }

  private fail(text: string, expected: string): void {
    if (this.wrong.length < 5) this.wrong.push(`${text.trim()} | ${expected}`);
  }
}

function valueOf(format: FtraceFormat, { name, size, form }: FtraceField, view: DataView, at: number, length: number): ToldValue {
  if (form === 'scalar') return BigInt.asUintN(size * 8, bigintOf(format, name)!(view, at));
  return textOf(format, name)!(view, at, length).replace(/\n$/, '');
}

/** `npm run test:long` takes those too that differ from the others in nothing but what was traced. */
const isLong = process.env['MAPSCOPE_LONG'] === '1';
const some = <T extends readonly [dat: string, ...unknown[]]>(all: readonly T[]): T[] =>
  all.filter(([dat]) => isLong || !dat.startsWith('pagecache'));

describe('TraceReader gives every record of a recording, field for field', () => {
  test.each(
    some([
      ['dax-xfs.dat', 'dax-xfs.report.gz', 4097],
      ['pagecache-xfs.dat', 'pagecache-xfs.report.gz', 13_954],
    ]),
  )('%s, version 7 packed by zstd, as trace-cmd report prints it', (dat, report, records) => {
    expect(new Comparison(dat, report, 'trace-cmd')).toMatchObject({ wrong: [], records, lost: 0n, gaps: 0 });
  });

  test.each(
    some([
      ['xfs-small.v6.trace.dat.gz', 'xfs-small.report.txt.gz', 15_988],
      ['dax-xfs.v6.dat.gz', 'dax-xfs.report.gz', 4097],
      ['pagecache-xfs.v6.dat.gz', 'pagecache-xfs.report.gz', 13_954],
    ]),
  )('%s, version 6, as trace-cmd report prints it, the symbols of its addresses too', (dat, report, records) => {
    expect(new Comparison(dat, report, 'trace-cmd', symbolsOf)).toMatchObject({ wrong: [], records });
  });

  test.each(
    some([
      ['dax-xfs.v6.dat.gz', 'dax-xfs.trace.gz', 4097],
      ['pagecache-xfs.v6.dat.gz', 'pagecache-xfs.trace.gz', 13_954],
    ]),
  )('%s as the kernel printed it', (dat, text, records) => {
    const found = new Comparison(dat, text, 'kernel');
    expect(found).toMatchObject({ wrong: [], records });
    expect(
      [...found.left.keys()].filter((field) => field !== 'vm_flags'),
      'the kernel knows its names',
    ).toEqual([]);
  });

  test('xfs-lossy.v6.trace.dat.gz, and each of its 13 gaps: 6,494 records and one gap of unknown size', () => {
    const found = new Comparison('xfs-lossy.v6.trace.dat.gz', 'xfs-lossy.report.txt.gz', 'trace-cmd', symbolsOf);
    expect(found).toMatchObject({ wrong: [], records: 29_136, lost: 6494n, gaps: 1 });
  });
});
