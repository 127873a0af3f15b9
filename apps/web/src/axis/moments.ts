const SECOND = 1_000_000_000n,
  MINUTE = 60n * SECOND;
const scales = [
  ['s', SECOND],
  ['ms', 1_000_000n],
  ['µs', 1_000n],
  ['ns', 1n],
] as const;

/** Nanoseconds for people, three figures: `3.10 µs`, `24.3 ms`; from a minute on `2 min 19 s`. */
export function sayDuration(ns: bigint): string {
  if (ns < 0n) return `−${sayDuration(-ns)}`;
  if (ns >= MINUTE) return `${ns / MINUTE} min ${(ns / SECOND) % 60n} s`;
  const [unit, size] = scales.find(([, size]) => ns >= size) ?? scales[3];
  if (ns % size === 0n) return `${ns / size} ${unit}`;
  const thousandths = Number((ns * 1000n) / size) / 1000;
  return `${thousandths >= 100 ? Math.floor(thousandths) : thousandths.toPrecision(3)} ${unit}`;
}

/** `00:01.364` and `880 000`: minutes to milliseconds, and the rest down to nanoseconds, which is said more quietly. */
export function sayClock(at: bigint, origin: bigint): { readonly main: string; readonly rest: string } {
  const ns = at > origin ? at - origin : 0n,
    seconds = ns / SECOND,
    fraction = `${ns % SECOND}`.padStart(9, '0');
  const hours = seconds / 3600n,
    two = (n: bigint): string => `${n}`.padStart(2, '0');
  return {
    main: `${hours > 0n ? `${hours}:` : ''}${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}.${fraction.slice(0, 3)}`,
    rest: `${fraction.slice(3, 6)} ${fraction.slice(6)}`,
  };
}

/** A moment since `origin`, with as many figures as moments `step` apart need: `1.365 s`, `150 ms`, `2:05`. */
export function sayMoment(at: bigint, origin: bigint, step = 10_000_000n): string {
  if (at < origin) return `−${sayMoment(origin, at, step)}`;
  const ns = at - origin;
  if (ns === 0n) return '0';
  if (ns >= MINUTE && step % SECOND === 0n) return `${ns / MINUTE}:${`${(ns / SECOND) % 60n}`.padStart(2, '0')}`;
  const [unit, size] = scales.find(([, size]) => ns >= size || step >= size) ?? scales[3];
  let digits = 0;
  for (let one: bigint = size; one > step && one > 1n; one /= 10n) digits++;
  const scale = 10n ** BigInt(digits),
    scaled = (ns * scale + size / 2n) / size;
  return digits === 0 ? `${scaled} ${unit}` : `${scaled / scale}.${`${scaled % scale}`.padStart(digits, '0')} ${unit}`;
}

const MAJOR_PX = 96;

/** Round moments of [from, to) on `width` pixels, at least 96 px apart: 1, 2 or 5 times a power of ten nanoseconds, counted from `origin`. */
export function momentTicks(
  from: bigint,
  to: bigint,
  width: number,
  origin: bigint,
): { readonly step: bigint; readonly at: readonly bigint[] } {
  if (to <= from || width <= 0) return { step: SECOND, at: [] };
  const least = (Number(to - from) * MAJOR_PX) / width;
  let step = 1n;
  for (let decade = 1n; Number(step) < least; decade *= 10n)
    step = [decade, decade * 2n, decade * 5n, decade * 10n].find((round) => Number(round) >= least) ?? decade * 10n;
  const at: bigint[] = [],
    ahead = from >= origin ? from - origin : 0n;
  for (let moment = origin + ((ahead + step - 1n) / step) * step; moment < to; moment += step) at.push(moment);
  return { step, at };
}
