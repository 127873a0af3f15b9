import { closeSync, constants, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FtraceFormat, type PageShape, parseFormat, parseHeaderPage, parseRingStats, type RingStats } from '@mapscope/shared/wire';
import type { Rule } from '@mapscope/shared/derive';
import { isFlaw, sayFlaw } from '@mapscope/shared/units';
import { instanceAt } from '../../host/index.ts';
import { type DeviceNames, filterOf } from './filter.ts';
import { KeptSettings } from './kept-settings.ts';

/** One CPU's ring buffer, opened for reading without blocking. */
export interface CpuBuffer {
  readonly cpu: number;
  readonly fd: number;
}

interface InstanceOptions {
  readonly rules: Iterable<Rule>;
  readonly devices: readonly DeviceNames[];
  readonly bufferKb: number;
  /** Whether system calls may be traced: while they are, each of any process takes longer. */
  readonly tracesCalls: boolean;
}

/** Of system calls: they are of no device, and off until `traceCalls`. */
const CALLS = 'syscalls';
/** Smallest buffer that is tried when memory is short. */
const LEAST_KB = 64;
const BUSY_WAIT_MS = 2000;

/**
 * A tracefs instance of our own: its own buffers, clock and events, so that the tracing of others is not touched. Making it may throw what the
 * system says; `remove` then takes away what is there already.
 */
export class Instance {
  readonly path: string;
  readonly shape: PageShape;
  readonly buffers: readonly CpuBuffer[];
  /** As `set_event` names them: `xfs:xfs_create`. */
  private readonly enabled: string[] = [];
  private readonly calls: string[] = [];
  private callers: string | undefined;
  private readonly settings: KeptSettings;
  /** Of the events that are on. One that this kernel does not have changes nothing. */
  readonly formats: readonly FtraceFormat[];

  constructor(tracefs: string, name: string, options: InstanceOptions) {
    this.path = instanceAt(tracefs, name);
    mkdirSync(this.path);
    const buffers: CpuBuffer[] = [];
    this.buffers = buffers;
    try {
      this.write('tracing_on', '0');
      this.write('trace_clock', 'mono');
      this.size(options.bufferKb);
      this.shape = shapeOf(tracefs, this.path);
      this.takeMarks();
      const rules = [...options.rules].filter(({ system }) => system !== CALLS || options.tracesCalls);
      this.formats = rules.map((rule) => this.enable(rule, options.devices)).filter((format) => format !== undefined);
      for (const cpu of cpusOf(this.path)) {
        const fd = openSync(join(this.path, 'per_cpu', `cpu${cpu}`, 'trace_pipe_raw'), constants.O_RDONLY | constants.O_NONBLOCK);
        buffers.push({ cpu, fd });
      }
      this.settings = new KeptSettings(this.path);
      this.write('tracing_on', '1');
    } catch (error) {
      this.close();
      rmdirSync(this.path);
      throw error;
    }
  }

  /** No record comes any more; what is in the buffers can still be read. */
  pause(): void {
    this.write('tracing_on', '0');
  }

  /** What somebody else has changed of it, so that records do not come any more, or say another time; undefined: nothing. Throws when it is gone. */
  get changed(): string | undefined {
    if (this.text('tracing_on') !== '1') return 'somebody switched the trace instance off';
    if (!this.text('trace_clock').includes('[mono]')) return 'somebody gave the trace instance another clock';
    const setting = this.settings.changed;
    if (setting !== undefined) return setting;
    // One file names all that are on: to read `enable` of each took 60 times as many calls.
    const on = new Set(this.text('set_event').split('\n')),
      calls = this.callers === undefined ? [] : this.calls.map((event) => `${CALLS}:${event}`),
      off = [...this.enabled, ...calls].find((event) => !on.has(event));
    return off === undefined ? undefined : `somebody switched off events/${off.replace(':', '/')} of the trace instance`;
  }

  /** What the kernel has counted in this CPU's buffer. */
  statsOf(cpu: number): RingStats {
    return parseRingStats(readFileSync(join(this.path, 'per_cpu', `cpu${cpu}`, 'stats'), 'utf8'));
  }

  /** Bytes of each CPU's buffer; somebody else may change that. NaN: they have several sizes. */
  get bufferBytes(): number {
    // Rounded up to whole pages: `1410 (expanded: …)`, or one number.
    return Number.parseInt(this.text('buffer_size_kb'), 10) * 1024;
  }

  /** Whether they were asked for, and this kernel can. */
  get canTraceCalls(): boolean {
    return this.calls.length > 0;
  }

  /**
   * System calls of the threads that pass this filter are traced from now on; undefined: none. Answers whether that is new. Throws what the kernel says of
   * the filter.
   */
  traceCalls(callers: string | undefined): boolean {
    if (callers === this.callers) return false;
    const wereOn = this.callers !== undefined,
      isOn = callers !== undefined;
    this.callers = callers;
    for (const event of this.calls) {
      const folder = join('events', CALLS, event);
      if (isOn) this.write(join(folder, 'filter'), callers);
      if (isOn !== wereOn) this.write(join(folder, 'enable'), isOn ? '1' : '0');
    }
    return true;
  }

  /** Everything away. The kernel says EBUSY while somebody has a file of it open: tried again for two seconds; throws after that. */
  async remove(): Promise<void> {
    this.close();
    const deadline = performance.now() + BUSY_WAIT_MS;
    for (;;)
      try {
        rmdirSync(this.path);
        return;
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code;
        if (code === 'ENOENT') return;
        if (code !== 'EBUSY' || performance.now() >= deadline) throw error;
        await sleep(20);
      }
  }

  private close(): void {
    for (const { fd } of this.buffers) closeSync(fd);
    (this.buffers as CpuBuffer[]).length = 0;
  }

  /** What programs write to the machine's own trace_marker comes here too. Fact: since Linux 6.16; before, only what is written to that of the instance. */
  private takeMarks(): void {
    const option = join('options', 'copy_trace_marker');
    if (existsSync(join(this.path, option))) this.write(option, '1');
  }

  private text(file: string): string {
    return readFileSync(join(this.path, file), 'utf8').trim();
  }

  private write(file: string, text: string): void {
    writeFileSync(join(this.path, file), text);
  }

  /** As large as asked for, or by halves as memory allows. The default of 1410 KiB holds some 0.2 s (fact: live-facts 22). */
  private size(kb: number): void {
    for (let size = kb; ; size = Math.floor(size / 2))
      try {
        return this.write('buffer_size_kb', String(size));
      } catch (error) {
        if (size <= LEAST_KB) throw error;
      }
  }

  /** Switches one event on, filtered by device; undefined when this kernel lacks it or it cannot be filtered. */
  private enable({ system, event }: Rule, devices: readonly DeviceNames[]): FtraceFormat | undefined {
    try {
      const folder = join('events', system, event),
        format = parseFormat(readFileSync(join(this.path, folder, 'format'), 'utf8'));
      if (isFlaw(format)) return undefined;
      // Events of ftrace itself, as what is written to trace_marker, are always on and of no device.
      if (system === 'ftrace') return format;
      if (system === CALLS) {
        this.calls.push(event);
        return format;
      }
      const filter = filterOf(format, devices);
      if (filter === undefined) return undefined;
      if (filter !== '') this.write(join(folder, 'filter'), filter);
      this.write(join(folder, 'enable'), '1');
      this.enabled.push(`${system}:${event}`);
      return format;
    } catch {
      return undefined;
    }
  }
}

/** The instance's own text where the kernel has one (its buffers may have pages of another size), else the common one. */
function shapeOf(tracefs: string, path: string): PageShape {
  let text: string;
  try {
    text = readFileSync(join(path, 'events/header_page'), 'utf8');
  } catch {
    text = readFileSync(join(tracefs, 'events/header_page'), 'utf8');
  }
  const shape = parseHeaderPage(text);
  if (isFlaw(shape)) throw new Error(`events/header_page: ${sayFlaw(shape)}`);
  return shape;
}

const cpusOf = (path: string): number[] =>
  readdirSync(join(path, 'per_cpu'))
    .map((name) => /^cpu(\d+)$/.exec(name)?.[1])
    .filter((number) => number !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
