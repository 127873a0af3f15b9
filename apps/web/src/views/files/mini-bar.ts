import type { FileSummary } from '../../feed/window.ts';

export type MiniBarPart =
  | { readonly of: 'map'; readonly x: number; readonly w: number; readonly type: number; readonly flags: number }
  | { readonly of: 'cache'; readonly x: number; readonly w: number; readonly state: number };

/** Smallest mark: nothing that is there is left out for being small. */
const LEAST_PX = 2;

/** A file on `width` pixels, holes first so that a piece beside one is never painted over. What lies past its end is cut: the bar is the file. */
export function barOf(
  { overview, overviewDirty, size }: Pick<FileSummary, 'overview' | 'overviewDirty' | 'size'>,
  width: number,
): MiniBarPart[] {
  if (size === 0n) return [];
  const px = (at: bigint): number => (Number(at < size ? at : size) / Number(size)) * width;
  const place = (from: bigint, to: bigint): { readonly x: number; readonly w: number } => {
    const x = Math.min(px(from), width - LEAST_PX);
    return { x, w: Math.max(LEAST_PX, px(to) - x) };
  };
  const parts: MiniBarPart[] = [];
  for (let i = 0; i < overview.n; i++)
    if (overview.from[i]! < size)
      parts.push({ of: 'map', ...place(overview.from[i]!, overview.to[i]!), type: overview.type[i]!, flags: overview.flags[i]! });
  parts.sort((a, b) => Number(isHole(b)) - Number(isHole(a)));
  for (let i = 0; i < overviewDirty.n; i++)
    if (overviewDirty.from[i]! < size)
      parts.push({ of: 'cache', ...place(overviewDirty.from[i]!, overviewDirty.to[i]!), state: overviewDirty.state[i]! });
  return parts;
}

const isHole = (part: MiniBarPart): boolean => part.of === 'map' && part.type === 0;
