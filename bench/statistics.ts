/* Medians, intervals and pairs: pure, so that a page can use them too. */

export const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

/** The value below which `share` of them lie; nearest rank. */
export function quantile(values: readonly number[], share: number): number {
  const all = sorted(values);
  return all[Math.min(all.length - 1, Math.max(0, Math.ceil(share * all.length) - 1))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** A figure with its 95 % interval. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Of `n` measurements, what `figure` says of 2000 draws of `n` of them, each by its place; the draws are a fixed sequence, so that the same measurements give the same interval. */
function resampled(n: number, figure: (drawn: readonly number[]) => number): Interval {
  let seed = 1;
  const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  const all = Array.from({ length: n }, (_, k) => k),
    draws = Array.from({ length: 2000 }, () => figure(all.map(() => Math.floor(random() * n))));
  return { value: figure(all), low: quantile(draws, 0.025), high: quantile(draws, 0.975) };
}

export const medianOf = (values: readonly number[]): Interval => resampled(values.length, (drawn) => median(drawn.map((k) => values[k]!)));

/** Ratio of medians, by resampling pairs: the pairs were run side by side, so what slowed one slowed the other. */
export const ratioOf = (ours: readonly number[], peer: readonly number[]): Interval =>
  resampled(ours.length, (drawn) => median(drawn.map((k) => ours[k]!)) / median(drawn.map((k) => peer[k]!)));

export const sayRatio = ({ value, low, high }: Interval): string => `${value.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;

/** A and B by turns, beginning with the other one each time; `pairs` values of each. */
export async function interleave<T = number>(pairs: number, a: () => Promise<T> | T, b: () => Promise<T> | T): Promise<[T[], T[]]> {
  const ours: T[] = [],
    peer: T[] = [];
  for (let i = 0; i < pairs; i++) {
    if (i % 2 === 0) ours.push(await a());
    peer.push(await b());
    if (i % 2 === 1) ours.push(await a());
  }
  return [ours, peer];
}

export const perSecond = (n: number): string =>
  n >= 1e6 ? `${(n / 1e6).toFixed(2)} M/s` : n >= 1e3 ? `${(n / 1e3).toFixed(1)} k/s` : `${n.toFixed(0)} /s`;
