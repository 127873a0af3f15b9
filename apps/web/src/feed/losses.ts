import type { Model } from '@mapscope/shared/model';
import type { Pulse } from './look.ts';

/** What was lost. The model counts a loss of unknown size as one row. */
export function lossesOf(model: Model): Pick<Pulse, 'lost' | 'losses' | 'lossesUnknown'> {
  const lossesUnknown = model.losses.list().filter(({ rows }) => rows < 0n).length;
  return { lost: model.lost - BigInt(lossesUnknown), losses: model.losses.total, lossesUnknown };
}
