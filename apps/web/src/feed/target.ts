/** What can be pointed at or chosen, in any view. Ranges are half-open, bytes of the file. */
export type Target =
  | { readonly kind: 'extent'; readonly inode: number; readonly layer: 'data' | 'pending'; readonly from: bigint; readonly to: bigint }
  | { readonly kind: 'folio'; readonly inode: number; readonly from: bigint; readonly to: bigint }
  /** A chunk of an interleaved extent; `layout` is its index. */
  | { readonly kind: 'chunk'; readonly inode: number; readonly layout: number; readonly from: bigint; readonly to: bigint }
  | { readonly kind: 'op'; readonly op: number; readonly inode: number; readonly from: bigint; readonly to: bigint };

/** By value: live hands out new objects, and what is selected stays selected. */
export function sameTarget(a: Target | undefined, b: Target | undefined): boolean {
  if (a === b) return true;
  if (!a || !b || a.kind !== b.kind || a.inode !== b.inode) return false;
  if (a.kind === 'op' || b.kind === 'op') return a.kind === 'op' && b.kind === 'op' && a.op === b.op;
  if (a.kind === 'extent' && b.kind === 'extent' && a.layer !== b.layer) return false;
  if (a.kind === 'chunk' && b.kind === 'chunk' && a.layout !== b.layout) return false;
  return a.from === b.from && a.to === b.to;
}

/** Whether a target has a byte of `[from, to)` of this file: what a view lights up for a target of another view. */
export const touches = (target: Target, inode: number, from: bigint, to: bigint): boolean =>
  target.inode === inode && target.from < to && from < target.to;
