import type { LaneName, OpsWindow } from '../../feed/look.ts';
import type { Lane } from './scene.ts';

/** Lanes are never thinner than a mark needs, nor thicker than they are worth. */
const LEAST = 11,
  MOST = 17;
/** Inode of the lane for what is about no regular file: names, directories, the mount itself. */
export const NAMES = 0;

/**
 * Which files have a lane: the chosen one always, then those with most operations in view; in the order of their paths, so that a
 * lane stays where it is while its neighbours come and go. The last lane is for names, where there is something about names.
 */
export function chooseLanes(
  window: Pick<OpsWindow, 'names' | 'spans'>,
  { inode: chosen, path: chosenPath }: { readonly inode: number; readonly path: string },
  top: number,
  height: number,
): { readonly lanes: readonly Lane[]; readonly leftOut: number } {
  const counts = new Map<number, number>(),
    byInode = new Map<number, LaneName>(window.names.map((name) => [name.inode, name]));
  for (let i = 0; i < window.spans.n; i++) {
    const inode = window.spans.inode[i]!,
      lane = byInode.get(inode)?.isFile ? inode : NAMES;
    counts.set(lane, (counts.get(lane) ?? 0) + 1);
  }
  const room = Math.max(1, Math.floor(height / LEAST));
  const files = [...counts.keys()].filter((inode) => inode !== NAMES),
    hasNames = counts.has(NAMES);
  if (chosen !== 0 && !files.includes(chosen)) files.push(chosen);
  const weight = (inode: number): number => (inode === chosen ? Infinity : (counts.get(inode) ?? 0));
  files.sort((a, b) => weight(b) - weight(a) || a - b);
  const shown = files.slice(0, Math.max(1, hasNames ? room - 1 : room)),
    path = (inode: number): string => byInode.get(inode)?.path ?? (inode === chosen ? chosenPath : '');
  shown.sort((a, b) => (path(a) < path(b) ? -1 : path(a) > path(b) ? 1 : a - b));
  const order = hasNames && room > 1 ? [...shown, NAMES] : shown;
  const h = Math.max(LEAST, Math.min(MOST, height / Math.max(1, order.length)));
  return {
    lanes: order.map((inode, k) => ({
      inode,
      name: inode === NAMES ? 'others' : path(inode),
      y: top + k * h,
      h,
      isChosen: inode === chosen && inode !== NAMES,
    })),
    leftOut: files.length - shown.length,
  };
}
