import { type Flaw, isFlaw } from '../units/index.ts';
import { fmapExtentTypes } from './bits-ioctl.ts';
import type { Cursor } from './cursor.ts';
import { famfsFmapHeader, famfsIext, famfsSimpleExt } from './famfs.ts';
import { checkFmap, warnOfFmap } from './fmap-rules.ts';
import { concat, type Kind } from './kind.ts';
import { isObject, notPlain, type Plain, plainRow, rowOfPlain } from './plain.ts';
import type { RowOf } from './struct.ts';

export type FmapHeader = RowOf<typeof famfsFmapHeader>;
export type FmapStrip = RowOf<typeof famfsSimpleExt>;
export type FmapInterleaved = RowOf<typeof famfsIext> & { readonly strips: readonly FmapStrip[] };

/** The map of a famfs file: extents of one kind, in the order of the file. */
export interface Fmap {
  readonly header: FmapHeader;
  readonly extents: readonly FmapStrip[] | readonly FmapInterleaved[];
}

/** Limits of a message. Fact: spec/protocol.md 2.4. */
export const FMAP_VERSION = 1;
export const MAX_FMAP_BYTES = 32_768;
export const MAX_FMAP_EXTENTS = 32;
export const MAX_FMAP_STRIPS = 32;
export const SIMPLE = fmapExtentTypes.valueOf('SIMPLE');
export const INTERLEAVE = fmapExtentTypes.valueOf('INTERLEAVE');

export const isInterleaved = (fmap: Fmap): fmap is Fmap & { readonly extents: readonly FmapInterleaved[] } =>
  fmap.header.ext_type === INTERLEAVE;

/** One cursor through the message; the counts are looked at before anything is made by them. Codes in the order of spec/protocol.md 9. */
function read(from: Cursor): Fmap | undefined {
  if (from.left > MAX_FMAP_BYTES)
    return from.fail('E_TOO_BIG', 'message', `${from.left} bytes`, `at most ${MAX_FMAP_BYTES}`, from.at + MAX_FMAP_BYTES);
  const start = from.at,
    header = from.struct(famfsFmapHeader);
  if (!header) return undefined;
  const { fmap_version, ext_type, nextents } = header;
  if (fmap_version !== FMAP_VERSION) return from.fail('E_VERSION', 'fmap_version', `${fmap_version}`, `${FMAP_VERSION}`, start + 2);
  if (ext_type !== SIMPLE && ext_type !== INTERLEAVE) return from.fail('E_EXT_TYPE', 'ext_type', `${ext_type}`, '0 or 1', start + 4);
  if (nextents < 1 || nextents > MAX_FMAP_EXTENTS)
    return from.fail('E_NEXTENTS', 'nextents', `${nextents}`, `1 to ${MAX_FMAP_EXTENTS}`, start + 8);
  const extents = ext_type === SIMPLE ? list(nextents, () => from.struct(famfsSimpleExt)) : list(nextents, () => interleaved(from));
  if (!extents) return undefined;
  const fmap = { header, extents } as Fmap;
  warnOfFmap(from, fmap, start);
  return fmap;
}

function interleaved(from: Cursor): FmapInterleaved | undefined {
  const start = from.at,
    head = from.struct(famfsIext);
  if (!head) return undefined;
  const { ie_nstrips } = head;
  if (ie_nstrips < 1 || ie_nstrips > MAX_FMAP_STRIPS)
    return from.fail('E_NSTRIPS', 'ie_nstrips', `${ie_nstrips}`, `1 to ${MAX_FMAP_STRIPS}`, start);
  const strips = list(ie_nstrips, () => from.struct(famfsSimpleExt));
  return strips && { ...head, strips };
}

/** `n` is within its limit. */
function list<T>(n: number, next: () => T | undefined): T[] | undefined {
  const out: T[] = [];
  for (let i = 0; i < n; i++) {
    const one = next();
    if (one === undefined) return undefined;
    out.push(one);
  }
  return out;
}

/** As `Fmap`; fields left out are zero. Its header says how many extents there are, and of which kind. */
export interface FmapValues {
  readonly header: Partial<FmapHeader>;
  readonly extents: readonly (
    | Partial<FmapStrip>
    | (Partial<RowOf<typeof famfsIext>> & { readonly strips: readonly Partial<FmapStrip>[] })
  )[];
}

/** The bytes of a message. */
export const encodeFmap = ({ header, extents }: FmapValues): Uint8Array =>
  concat([
    famfsFmapHeader.encode(header),
    ...extents.flatMap((extent) =>
      'strips' in extent
        ? [famfsIext.encode({ ...extent, ie_nstrips: extent.strips.length }), ...extent.strips.map((strip) => famfsSimpleExt.encode(strip))]
        : [famfsSimpleExt.encode(extent)],
    ),
  ]);

/** Reserved room is looked past (spec/protocol.md 6.2): a warning tells of it, and `more`. */
const meant = (row: Readonly<Record<string, unknown>>, isReserved: boolean): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(row).filter(([name]) => name.startsWith('reserved') === isReserved));

function toPlain(fmap: Fmap, isReserved = false): Plain {
  const strip = (row: FmapStrip): Plain => plainRow(famfsSimpleExt.slots, meant(row, isReserved));
  return {
    ...plainRow(famfsFmapHeader.slots, meant(fmap.header, isReserved)),
    extents: isInterleaved(fmap)
      ? fmap.extents.map((extent) => ({ ...plainRow(famfsIext.slots, meant(extent, isReserved)), strips: extent.strips.map(strip) }))
      : (fmap.extents as readonly FmapStrip[]).map(strip),
  };
}

function fromPlain(plain: Plain | undefined): Fmap | Flaw {
  const header = rowOfPlain(famfsFmapHeader.slots, plain);
  if (isFlaw(header)) return header;
  const given = isObject(plain) ? plain['extents'] : undefined;
  if (!Array.isArray(given)) return notPlain('extents', given, 'a list');
  const isStriped = header['ext_type'] === INTERLEAVE,
    extents: unknown[] = [];
  for (const one of given as readonly Plain[]) {
    const extent = isStriped ? stripedOf(one) : rowOfPlain(famfsSimpleExt.slots, one);
    if (isFlaw(extent)) return extent;
    extents.push(extent);
  }
  return { header: header as FmapHeader, extents: extents as readonly FmapStrip[] };
}

function stripedOf(plain: Plain): object {
  const head = rowOfPlain(famfsIext.slots, plain),
    given = isObject(plain) ? plain['strips'] : undefined;
  if (isFlaw(head)) return head;
  if (!Array.isArray(given)) return notPlain('strips', given, 'a list');
  const strips = (given as readonly Plain[]).map((one) => rowOfPlain(famfsSimpleExt.slots, one));
  return strips.find(isFlaw) ?? { ...head, strips };
}

/** GET_FMAP answers this. */
export const fmapKind: Kind<Fmap> = {
  name: 'fmap',
  says: `GET_FMAP answers this: \`struct ${famfsFmapHeader.name}\`; then \`nextents\` × \`${famfsSimpleExt.name}\`, or \`${famfsIext.name}\` each with its strips; at most ${MAX_FMAP_BYTES} bytes, ${MAX_FMAP_EXTENTS} extents, ${MAX_FMAP_STRIPS} strips an extent`,
  read,
  write: encodeFmap,
  toPlain,
  more(fmap) {
    const reserved = toPlain(fmap, true);
    return JSON.stringify(reserved).includes('reserved') ? reserved : undefined;
  },
  fromPlain,
  check: checkFmap,
};
