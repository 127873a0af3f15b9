import type { FileSummary } from '../../feed/window.ts';

export type MiniBarPart =
  | { readonly of: 'map'; readonly x: number; readonly w: number; readonly type: number; readonly flags: number }
  | { readonly of: 'cache'; readonly x: number; readonly w: number; readonly state: number };

/** Smallest mark: nothing that is there is left out for being small. */
const LEAST_PX = 2;

/** A file on `width` pixels, holes first so that a piece beside one is never painted over. */
export function barOf(
  { overview, overviewDirty, size }: Pick<FileSummary, 'overview' | 'overviewDirty' | 'size'>,
  width: number,
): MiniBarPart[] {
  const last = overview.n > 0 ? overview.to[overview.n - 1]! : 0n,
    end = last > size ? last : size;
  if (end === 0n) return [];
  const px = (at: bigint): number => (Number(at) / Number(end)) * width;
  const parts: MiniBarPart[] = [];
  for (let i = 0; i < overview.n; i++) {
    const x = px(overview.from[i]!);
    parts.push({ of: 'map', x, w: Math.max(LEAST_PX, px(overview.to[i]!) - x), type: overview.type[i]!, flags: overview.flags[i]! });
  }
  parts.sort((a, b) => Number(isHole(b)) - Number(isHole(a)));
  for (let i = 0; i < overviewDirty.n; i++) {
    const x = px(overviewDirty.from[i]!);
    parts.push({
      of: 'cache',
      x: Math.min(x, width - LEAST_PX),
      w: Math.max(LEAST_PX, px(overviewDirty.to[i]!) - x),
      state: overviewDirty.state[i]!,
    });
  }
  return parts;
}

const isHole = (part: MiniBarPart): boolean => part.of === 'map' && part.type === 0;
