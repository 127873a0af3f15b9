import { sayNumber } from './bytes.ts';

const NS = { s: 1_000_000_000n, ms: 1_000_000n, µs: 1_000n, ns: 1n } as const;

/** A duration in nanoseconds: `3.1 µs`, `24.3 ms`, `1.39 s`, `4 min 7 s`. */
export function sayDuration(ns: bigint): string {
  if (ns < 0n) return `−${sayDuration(-ns)}`;
  if (ns >= 60n * NS.s) return `${ns / (60n * NS.s)} min ${(ns / NS.s) % 60n} s`;
  for (const unit of ['s', 'ms', 'µs'] as const) if (ns >= NS[unit]) return `${sayNumber(Number((ns * 1000n) / NS[unit]) / 1000)} ${unit}`;
  return `${ns} ns`;
}

/** `00:01.364 880 000`: minutes, seconds, nanoseconds since `origin`; what comes after milliseconds is quieter, so in two parts. */
export function sayClock(at: bigint, origin: bigint): { readonly main: string; readonly rest: string } {
  const ns = at > origin ? at - origin : 0n,
    seconds = ns / NS.s,
    fraction = `${ns % NS.s}`.padStart(9, '0');
  const hours = seconds / 3600n,
    two = (n: bigint): string => `${n}`.padStart(2, '0');
  return {
    main: `${hours > 0n ? `${hours}:` : ''}${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}.${fraction.slice(0, 3)}`,
    rest: `${fraction.slice(3, 6)} ${fraction.slice(6)}`,
  };
}

/** A moment since `origin`, as figures `step` apart need it: `1.365 s`, `150 ms`. */
export function sayMoment(at: bigint, origin: bigint, step = 10n * NS.ms): string {
  const ns = at - origin;
  if (ns < 0n) return `−${sayMoment(origin - ns, origin, step)}`;
  if (ns === 0n) return '0';
  if (step % NS.s === 0n && ns >= 60n * NS.s) return `${ns / (60n * NS.s)}:${`${(ns / NS.s) % 60n}`.padStart(2, '0')}`;
  const unit = ns >= NS.s || step >= NS.s ? 's' : ns >= NS.ms || step >= NS.ms ? 'ms' : ns >= NS.µs || step >= NS.µs ? 'µs' : 'ns';
  let digits = 0;
  for (let one: bigint = NS[unit]; one > step && digits < 9; one /= 10n) digits++;
  const scale = 10n ** BigInt(digits),
    scaled = (ns * scale + NS[unit] / 2n) / NS[unit];
  return `${scaled / scale}${digits > 0 ? `.${`${scaled % scale}`.padStart(digits, '0')}` : ''} ${unit}`;
}
