import type { Box } from '../../draw/index.ts';
import { sayDuration } from '../../axis/index.ts';
import type { OpsInput, Overview } from './scene.ts';

const tones = ['read', 'write', 'other', 'writeback'] as const;

/** The rate of operations over all that was heard, square root, so that a quiet stretch beside a busy one still shows. */
export function overviewOf({ window, from, to, until }: OpsInput, box: Box): Overview {
  const { rates } = window,
    n = rates.read.length,
    begin = n === 0 ? from : rates.from,
    end = until > begin ? until : begin + 1n;
  const x = (at: bigint): number => box.x + Math.max(0, Math.min(1, Number(at - begin) / Number(end - begin))) * box.w;
  const totals = Array.from({ length: n }, (_, k) => tones.reduce((sum, tone) => sum + rates[tone][k]!, 0)),
    most = Math.max(1, ...totals);
  const bars = totals.flatMap((total, k) => {
    if (total === 0) return [];
    const x0 = x(rates.from + BigInt(k) * rates.step),
      x1 = x(rates.from + BigInt(k + 1) * rates.step),
      h = Math.max(1.5, Math.sqrt(total / most) * (box.h - 2));
    let y = box.y + box.h;
    const parts = tones.flatMap((tone) => {
      const part = (rates[tone][k]! / total) * h;
      y -= part;
      return part > 0 ? [{ tone, y, h: part }] : [];
    });
    return [{ x: x0, w: Math.max(1, x1 - x0 - (x1 - x0 > 3 ? 1 : 0)), parts }];
  });
  const brushFrom = x(from),
    brushTo = x(to);
  return {
    box,
    from: begin,
    to: end,
    bars,
    lost: window.losses.map((loss) => ({ x: x(loss.from), y: box.y, w: Math.max(2, x(loss.to) - x(loss.from)), h: box.h })),
    brush: { x: brushFrom, y: box.y - 1, w: Math.max(4, brushTo - brushFrom), h: box.h + 2 },
    span: n === 0 ? '' : sayDuration(end - begin),
  };
}
