/** `6 494`. */
export const sayCount = (n: bigint | number): string => `${n}`.replace(/\B(?=(\d{3})+$)/g, '\u2009');

/** `41k`, `950`, `1.2M`: a rate is looked at, not read. */
export function sayRate(n: number): string {
  if (n < 1000) return `${n}`;
  const [value, unit] = n < 1_000_000 ? [n / 1000, 'k'] : [n / 1_000_000, 'M'];
  return `${value < 10 ? value.toFixed(1) : Math.round(value)}${unit}`;
}

/** `14:02:31`, milliseconds of the wall clock. */
export function sayTimeOfDay(at: number): string {
  const date = new Date(at),
    two = (n: number): string => `${n}`.padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
