import { type Axis, byteUnder, toPx } from './axis.ts';

export interface Tick {
  readonly at: bigint;
  readonly x: number;
  /** 'major' has a label, 'sub' is a short line. */
  readonly rank: 'major' | 'sub';
}

const MAJOR_PX = 76,
  SUB_PX = 7;

/** The smallest power of two that is at least `MAJOR_PX` wide. */
export function stepFor(bytesPerPx: number): bigint {
  let step = 1n;
  while (Number(step) / bytesPerPx < MAJOR_PX) step *= 2n;
  return step;
}

/** Ticks at powers of two over `width` pixels, up to and including `end`; four sub-ticks between where they stay 7 px apart. */
export function ticks(a: Axis, width: number, end: bigint): { readonly step: bigint; readonly ticks: readonly Tick[] } {
  const step = stepFor(a.bytesPerPx),
    sub = step >= 4n && Number(step / 4n) / a.bytesPerPx >= SUB_PX ? step / 4n : step;
  const out: Tick[] = [];
  const first = byteUnder(a, 0);
  for (let at = ((first + sub - 1n) / sub) * sub; at <= end; at += sub) {
    const x = toPx(a, at);
    if (x > width + 0.5) break;
    if (x >= -0.5) out.push({ at, x, rank: at % step === 0n ? 'major' : 'sub' });
  }
  return { step, ticks: out };
}
