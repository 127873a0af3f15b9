/* Medians, intervals and pairs: pure, so that a page can use them too. */

export const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

/** The value below which `share` of them lie; nearest rank. */
export function quantile(values: readonly number[], share: number): number {
  const all = sorted(values);
  return all[Math.min(all.length - 1, Math.max(0, Math.ceil(share * all.length) - 1))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/**
 * Ratio of medians with its 95 % interval, by resampling pairs: the pairs were run side by side, so what slowed one slowed the other.
 * The draws are a fixed sequence, so that the same measurements give the same interval.
 */
export function ratioOf(ours: readonly number[], peer: readonly number[]): { ratio: number; low: number; high: number } {
  let seed = 1;
  const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  const draws: number[] = [];
  for (let i = 0; i < 2000; i++) {
    const picked = ours.map(() => Math.floor(random() * ours.length));
    draws.push(median(picked.map((k) => ours[k]!)) / median(picked.map((k) => peer[k]!)));
  }
  return { ratio: median(ours) / median(peer), low: quantile(draws, 0.025), high: quantile(draws, 0.975) };
}

export const sayRatio = ({ ratio, low, high }: { ratio: number; low: number; high: number }): string =>
  `${ratio.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;

/** A and B by turns, beginning with the other one each time; `pairs` values of each. */
export async function interleave(
  pairs: number,
  a: () => Promise<number> | number,
  b: () => Promise<number> | number,
): Promise<[number[], number[]]> {
  const ours: number[] = [],
    peer: number[] = [];
  for (let i = 0; i < pairs; i++) {
    if (i % 2 === 0) ours.push(await a());
    peer.push(await b());
    if (i % 2 === 1) ours.push(await a());
  }
  return [ours, peer];
}

export const perSecond = (n: number): string =>
  n >= 1e6 ? `${(n / 1e6).toFixed(2)} M/s` : n >= 1e3 ? `${(n / 1e3).toFixed(1)} k/s` : `${n.toFixed(0)} /s`;
