/**
 * How a file is laid out: a property of a directory that what is made in it inherits, read and set as the xattr
 * `user.mapscope.layout`.
 */
export type Layout =
  | { readonly kind: 'simple' }
  /** A few blocks here, a few there, on alternating devices. */
  | { readonly kind: 'fragment' }
  /** Up to INLINE_BYTES with the inode, simple beyond. */
  | { readonly kind: 'inline' }
  /** Chunks dealt out in rows over as many devices: `chunk` in bytes, a row is `strips` chunks. */
  | { readonly kind: 'interleave'; readonly chunk: number; readonly strips: number };

export const LAYOUT_XATTR = 'user.mapscope.layout';
/** Bytes that fit with an inode. */
export const INLINE_BYTES = 1024;

const MAX_CHUNK = 64 * 1024 * 1024;
export const DEFAULT_CHUNK = 64 * 1024;
export const DEFAULT_STRIPS = 3;

export const printLayout = (layout: Layout): string =>
  layout.kind === 'interleave' ? `interleave:chunk=${layout.chunk},strips=${layout.strips}` : layout.kind;

/** Why a volume can not have files of this layout; undefined where it can. */
export function layoutProblem(layout: Layout, blockSize: number, devices: number): string | undefined {
  if (layout.kind !== 'interleave') return undefined;
  const { chunk, strips } = layout;
  if (!Number.isInteger(chunk) || chunk <= 0 || chunk % blockSize !== 0 || chunk > MAX_CHUNK)
    return `a chunk is a multiple of ${blockSize} bytes, up to ${MAX_CHUNK}`;
  if (!Number.isInteger(strips) || strips < 1 || strips > devices) return `each strip has a device of its own, and there are ${devices}`;
  return undefined;
}

/**
 * `simple`, `fragment`, `inline`, `interleave` or `interleave:chunk=65536,strips=3`; what is left out has its default. Undefined for
 * anything else, and for what `layoutProblem` refuses.
 */
export function parseLayout(text: string, blockSize: number, devices: number): Layout | undefined {
  if (text === 'simple' || text === 'fragment' || text === 'inline') return { kind: text };
  const [kind, rest, ...more] = text.split(':');
  if (kind !== 'interleave' || more.length > 0) return undefined;
  const wanted = { chunk: DEFAULT_CHUNK, strips: Math.min(DEFAULT_STRIPS, devices) };
  for (const part of rest === undefined ? [] : rest.split(',')) {
    const found = /^(chunk|strips)=(\d{1,9})$/.exec(part);
    if (!found) return undefined;
    wanted[found[1] as 'chunk' | 'strips'] = Number(found[2]);
  }
  const layout: Layout = { kind, ...wanted };
  return layoutProblem(layout, blockSize, devices) === undefined ? layout : undefined;
}
