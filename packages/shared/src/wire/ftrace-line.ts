/** A line of ftrace text. */
export type TextLine =
  | {
      readonly kind: 'event';
      readonly pid: number;
      readonly cpu: number;
      /** Nanoseconds, or units of a clock that does not count time. */
      readonly time: bigint;
      readonly event: string;
      /** What `print fmt` made of it. */
      readonly text: string;
    }
  /** Records were lost before the next one of this CPU: `n`, -1n where no number is said. */
  | { readonly kind: 'lost'; readonly cpu: number; readonly n: bigint }
  /** `# entries-in-buffer/entries-written: 574/580`: what was overwritten before. */
  | { readonly kind: 'written'; readonly inBuffer: bigint; readonly written: bigint }
  | { readonly kind: 'comment' };

/*
 *   TASK-PID [(TGID)] [CPU] [flags] SECONDS.FRACTION: TEXT     tracefs, and trace-cmd report
 *   TASK-PID CPU and flags SECONDS.FRACTION: TEXT              trace-cmd report -l
 *   TASK-PID CPU and flags MICROSECONDSus[mark]: TEXT          tracefs with latency-format
 *
 * A name may have blanks and dashes. The fraction has 6 digits, or 9 (report -t); a clock that counts something else has none, and trace-cmd puts no
 * blank before that of `boot`.
 */
const HEAD =
  /^\s*.{1,64}?-(\d{1,10})\s+(?:\(\s*(?:\d+|-+)\)\s+)?(?:\[(\d{1,5})\]\s*(?:[^\s\d]\S{2,7}\s+)?|(\d{1,5})[^\s\d]\S{2,7}\s+)(\d{1,20})(?:\.(\d{6,9}))?(us)?[!+*#@$ ]?\s*:\s+(.*)$/;
/**
 * What is behind it. An event prints its name first, but the kernel prints some otherwise: system calls as calls (print_syscall_enter, print_syscall_exit,
 * kernel/trace/trace_syscalls.c), and its own records (trace_output.c).
 */
const BODIES: readonly (readonly [pattern: RegExp, event: (name: string) => string])[] = [
  [/^([\w.-]{1,128}):\s*([^]*)$/, (name) => name],
  [/^sys_(\w{1,64})\(([^]*)\)\s*$/, (name) => `sys_enter_${name}`],
  [/^sys_(\w{1,64}) -> ([^]*)$/, (name) => `sys_exit_${name}`],
  [/^<(user |)stack trace>()\s*$/, (name) => (name === '' ? 'kernel_stack' : 'user_stack')],
  [/^()(\S+ <-\S+)\s*$/, () => 'function'],
  [/^()(# [\da-f]+ buf:[^]*)$/, () => 'raw_data'],
  [/^()(UNKNOWN TYPE \d+)\s*$/, () => 'unknown'],
];
const LOST = /^CPU:(\d{1,5}) \[(?:LOST )?(?:(\d{1,19}) )?EVENTS(?: DROPPED)?\]/;
const WRITTEN = /^# entries-in-buffer\/entries-written: (\d{1,19})\/(\d{1,19})/;
/** The last: a caller, of the stack that the record before it has. */
const COMMENT = /^\s*$|^#|^cpus=\d+\s*$|^version = \d+\s*$|^\s*=>\s+\S/;
/** Longer is no line of a trace. */
const MAX_LINE = 1 << 16;
/** In front of the event's text, which may be long: a pattern is tried on no more. */
const MAX_HEAD = 256;

/** undefined: a line that makes no sense. */
export function parseTextLine(line: string): TextLine | undefined {
  if (line.length > MAX_LINE) return undefined;
  const head = HEAD.exec(line.slice(0, MAX_HEAD));
  if (head) {
    const [, pid, cpu, latencyCpu, whole, fraction, micro, start] = head,
      body = bodyOf(start! + line.slice(MAX_HEAD));
    return (
      body && {
        kind: 'event',
        pid: Number(pid),
        cpu: Number(cpu ?? latencyCpu),
        time: timeOf(whole!, fraction, micro !== undefined),
        ...body,
      }
    );
  }
  const lost = LOST.exec(line);
  if (lost) return { kind: 'lost', cpu: Number(lost[1]), n: lost[2] === undefined ? -1n : BigInt(lost[2]) };
  const written = WRITTEN.exec(line);
  if (written) return { kind: 'written', inBuffer: BigInt(written[1]!), written: BigInt(written[2]!) };
  return COMMENT.test(line) ? { kind: 'comment' } : undefined;
}

function bodyOf(text: string): { readonly event: string; readonly text: string } | undefined {
  for (const [pattern, event] of BODIES) {
    const found = pattern.exec(text);
    if (found) return { event: event(found[1]!), text: found[2]! };
  }
  return undefined;
}

/** Whether a line that makes no sense may be a damaged record: it has what only the head of one has, a process and its CPU or a time. */
export const mayBeRecord = (line: string): boolean => /-\d{1,10}\s+[([\d]|\d\.\d{6}|\dus|\[\d{3,5}\]/.test(line);

function timeOf(whole: string, fraction: string | undefined, isMicro: boolean): bigint {
  if (fraction !== undefined) return BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
  return isMicro ? BigInt(whole) * 1000n : BigInt(whole);
}
