import { type FrameBuilder, Kind, SourceId } from '../trace/index.ts';
import type { FtraceFormat } from '../wire/index.ts';
import { Orders } from './orders.ts';
import { type Identify, Rows } from './rows.ts';
import type { Handle, Scene } from './rule.ts';
import { rules, type RulesName } from './rules.ts';
import { Steps } from './steps.ts';

export interface DeriverOptions {
  readonly rules: RulesName;
  /** Of the events that the records come from; others and unknown ones are passed over. */
  readonly formats: Iterable<FtraceFormat>;
  /** Rows go here. When it is full `full` is called and must `take` it. */
  readonly out: FrameBuilder;
  readonly full: () => void;
  readonly identify: Identify;
  /** Bytes of a page of the traced kernel. */
  readonly pageSize: number;
  /** Processes of ours: their ops are left out. What they did to the cache is not: it is so whoever did it. */
  readonly ownPids?: ReadonlySet<number>;
  /** Who says so: the live source, or an import. */
  readonly source?: SourceId;
}

/** Turns decoded records of tracepoints into rows. Records come in order of time, those of all CPUs merged. */
export interface Deriver {
  /** A record whose data begins at `at` of `view`. Anything that is too short or unknown says nothing. */
  record(view: DataView, at: number, size: number, time: bigint, cpu: number): void;
  /** The ring buffer of `cpu` dropped records between two times: `n` of them, -1n when the number is not known. */
  lost(cpu: number, n: bigint, from: bigint, to: bigint): void;
  /** All records earlier than `until` have come. */
  flush(until: bigint): void;
  /** Rows of inodes that were never introduced. */
  readonly forgotten: number;
}

/** Fact: the common part of every record, spec/protocol.md 7.5. */
const TYPE_AT = 0;
const PID_AT = 4;
const COMMON = 8;

export function createDeriver(options: DeriverOptions): Deriver {
  const { formats, ownPids = new Set<number>(), source = SourceId.tracefs } = options,
    byName = new Map([...formats].map((format) => [format.name, format])),
    // All formats of a trace are of one machine.
    isLittle = [...byName.values()].every((format) => format.isLittle);
  const rows = new Rows(options.out, options.full, options.identify, source),
    orders = new Orders(),
    steps = new Steps(rows, source, byName.has('iomap_writeback_folio')),
    scene: Scene = { rows, steps, orders, pageSize: BigInt(options.pageSize), ownPids };
  const handlers = new Map<number, { readonly least: number; readonly handle: Handle }>();
  for (const { event, use } of rules[options.rules]) {
    const format = byName.get(event),
      handle = format && use(format, scene);
    if (format && handle) handlers.set(format.id, { least: Math.max(COMMON, format.least), handle });
  }
  return {
    record(view, at, size, time, cpu) {
      if (size < COMMON) return;
      const found = handlers.get(view.getUint16(at + TYPE_AT, isLittle));
      if (found && size >= found.least) found.handle(view, at, size, time, cpu, view.getInt32(at + PID_AT, isLittle));
    },
    lost(cpu, n, from, to) {
      steps.forget(to, cpu);
      orders.forget();
      const i = rows.note(Kind.lost, to),
        c = rows.columns;
      c.result[i] = n;
      c.cpu[i] = cpu;
      c.offset[i] = from;
      c.length[i] = to;
    },
    flush: (until) => rows.flush(until),
    get forgotten() {
      return rows.forgotten;
    },
  };
}
