import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseRingStats } from '@mapscope/shared/wire';
import type { RunRecord } from '../../host/index.ts';

/** What the kernel has counted of a run's trace instance, all CPUs together: records that were read, and that it has dropped. */
export function ringsOf({ instances }: RunRecord): { readonly read: bigint; readonly lost: bigint } {
  const folder = join(instances[0]!, 'per_cpu');
  let read = 0n,
    lost = 0n;
  for (const cpu of readdirSync(folder)) {
    const stats = parseRingStats(readFileSync(join(folder, cpu, 'stats'), 'utf8'));
    read += stats.read;
    lost += stats.overrun + stats.dropped;
  }
  return { read, lost };
}
