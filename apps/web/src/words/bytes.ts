const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const;

/** Between figures: thin, and no place to break a line. */
export const THIN = '\u202f';

/** 9.66, 13.0, 1008: three figures, or all of a whole number. */
export const sayNumber = (n: number): string => (Number.isInteger(n) || n >= 100 ? n.toFixed(0) : n.toPrecision(3));

/** `8 MiB` where it is exact, else three figures: `5.75 MiB`. */
export function sayBytes(n: bigint): string {
  if (n < 0n) return `−${sayBytes(-n)}`;
  let unit = 0;
  while (unit < units.length - 1 && n >> BigInt(10 * (unit + 1)) > 0n) unit++;
  const one = 1n << BigInt(10 * unit);
  if (n % one === 0n) return `${n / one} ${units[unit]}`;
  // Never up to the next unit: 1023.99 KiB is not yet 1 MiB.
  const value = Number((n * 1000n) / one) / 1000;
  return `${value < 100 ? value.toFixed(value < 10 ? 2 : 1) : Math.floor(value)} ${units[unit]}`;
}

/** `4 202 496`. */
export const sayCount = (n: bigint | number): string => `${n}`.replace(/\B(?=(\d{3})+(?!\d))/g, THIN);

/** `72%`; `<1%` for what is there but rounds to nothing, `>99%` for what is not all. */
export function sayShare(part: bigint, whole: bigint): string {
  if (whole <= 0n || part <= 0n) return '0%';
  const percent = Math.round(Number((part * 1000n) / whole) / 10);
  if (percent === 0) return '<1%';
  return percent >= 100 && part < whole ? '>99%' : `${percent}%`;
}
