import { existsSync, writeFileSync } from 'node:fs';
import { sayError } from './refused.ts';

/**
 * Lets a FUSE mount hold as many dirty pages as a disk may. New ones have `strict_limit` 1 and `max_ratio` 1, so that dirty pages hardly last
 * (fact: live-facts 9). `device` is `major:minor`. Answers why not, or `undefined`.
 */
export function raiseDirtyLimit(device: string): string | undefined {
  const folder = `/sys/class/bdi/${device}`;
  try {
    writeFileSync(`${folder}/max_ratio`, '100');
    // Not there on older kernels, where max_ratio alone decides.
    if (existsSync(`${folder}/strict_limit`)) writeFileSync(`${folder}/strict_limit`, '0');
    return undefined;
  } catch (error) {
    return sayError(error);
  }
}
