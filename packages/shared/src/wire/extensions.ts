import { isFlaw } from '../units/index.ts';
import { extHeader, secctx } from './classic-names.ts';
import type { Cursor } from './cursor.ts';
import { concat } from './kind.ts';

/** What total_extlen counts, behind everything else of a request. */
export interface Extension {
  /** Up to 31: so many security contexts; 32: groups. */
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** Fact: FUSE_MAX_NR_SECCTX and FUSE_EXT_GROUPS, include/uapi/linux/fuse.h. */
const MOST_CONTEXTS = 31;
const GROUPS = 32;

/** Reads to the end of the cursor. */
export function readExtensions(from: Cursor): Extension[] | undefined {
  const out: Extension[] = [];
  while (from.left > 0) {
    const start = from.at,
      head = from.struct(extHeader);
    if (!head) return undefined;
    const size = head.size - extHeader.size;
    if (size < 0 || size > from.left)
      return from.fail('E_SHORT', 'fuse_ext_header.size', `${head.size}`, `${extHeader.size} to ${from.left + extHeader.size}`, start);
    const bytes = from.bytes.subarray(from.at, from.at + size);
    if (head.type <= MOST_CONTEXTS) contexts(from, head.type, from.at + size);
    else from.take(head.type === GROUPS ? 'u32 list' : 'data', head.type === GROUPS ? 'groups' : 'extension', size);
    out.push({ type: head.type, bytes });
  }
  return out;
}

/** So many contexts up to `end`, each padded; what does not come out even is bytes. */
function contexts(from: Cursor, count: number, end: number): void {
  for (let i = 0; i < count; i++) {
    const start = from.at,
      head = start + secctx.size <= end ? secctx.read(from.bytes, start) : undefined,
      nul = from.bytes.subarray(0, end).indexOf(0, start + secctx.size);
    if (!head || isFlaw(head) || nul < 0 || nul + 1 + head.size > end) break;
    from.struct(secctx);
    from.take('name', 'name', nul + 1 - from.at);
    from.take('data', 'context', head.size);
    if (from.at + (-(from.at - start) & 7) <= end) from.pad(start);
  }
  if (from.at < end) from.take('data', 'extension', end - from.at);
}

export const writeExtension = ({ type, bytes }: Extension): Uint8Array =>
  concat([extHeader.encode({ size: extHeader.size + bytes.length, type }), bytes]);
