import { isMap, isScalar, isSeq, type Node, parseDocument, type YAMLMap } from 'yaml';
import { type Flaw, flaw, U64_MAX } from '@mapscope/shared/units';
import {
  type Fmap,
  FMAP_VERSION,
  type FmapInterleaved,
  type FmapStrip,
  INTERLEAVE,
  MAX_FMAP_EXTENTS,
  MAX_FMAP_STRIPS,
  SIMPLE,
} from '@mapscope/shared/wire';
import { cNumber } from './c-number.ts';

/** A file as its shadow describes it. */
export interface Shadow {
  /** Below the mount. */
  readonly path: string;
  /** Permissions, without the type of the file. */
  readonly mode: number;
  readonly map: Fmap;
}

const MAX_PATH = 79;
const U32_MAX = 0xffff_ffffn;

const fileKeys = ['path', 'size', 'flags', 'mode', 'uid', 'gid', 'nextents', 'simple_ext_list', 'striped_ext_list'];

/**
 * A file of a famfs shadow tree: one YAML document that describes its map. Scalars stay the text that they are, since its numbers are those of C and not
 * those of YAML. Total: whatever the text, the answer is a file or a flaw; `at` of a flaw counts characters. Fact: spec/protocol.md 7.1.
 */
export function readShadow(text: string): Shadow | Flaw {
  try {
    return shadowOf(text);
  } catch (error) {
    if (error instanceof Odd) return error.flaw;
    // A list in a list in a list … is deeper than the parser's stack.
    if (error instanceof RangeError)
      return flaw({ code: 'E_YAML', at: 0, field: 'the document', found: 'too deep', allowed: 'a mapping `file`' });
    throw error;
  }
}

/** Takes a flaw out of the depth of the document, to `readShadow` and no further. */
class Odd extends Error {
  readonly flaw: Flaw;

  constructor(code: string, node: Node | null | undefined, field: string, found: string, allowed: string) {
    super(field);
    this.flaw = flaw({ code, at: node?.range?.[0] ?? 0, field, found, allowed });
  }
}

function shadowOf(text: string): Shadow {
  const { contents, errors } = parseDocument(text, { schema: 'failsafe', prettyErrors: false }),
    file = isMap(contents) && contents.items.length === 1 ? contents.get('file', true) : undefined;
  for (const { message } of errors) throw new Odd('E_YAML', contents, 'the document', message, 'YAML');
  if (!isMap(file)) throw new Odd('E_KEY', contents, 'the document', 'something else', 'one mapping `file`');
  refuseOthers(file, 'file', fileKeys);
  const path = textIn(file, 'path'),
    file_size = numberIn(file, 'size'),
    count = numberIn(file, 'nextents'),
    extents = extentsOf(file, file_size),
    ext_type = file.has('striped_ext_list') ? INTERLEAVE : SIMPLE;
  if (path.length > MAX_PATH) throw new Odd('E_NAME', file, 'path', `${path.length} characters`, `at most ${MAX_PATH}`);
  if (BigInt(extents.length) !== count) throw new Odd('E_COUNT', file, 'nextents', `${count}`, `${extents.length}, as many as follow`);
  const header = { file_type: 0, fmap_version: FMAP_VERSION, ext_type, nextents: extents.length, file_size },
    reserved = { reserved: 0, reserved0: 0, reserved1: 0n };
  return {
    path,
    mode: Number(numberIn(file, 'mode', { otherwise: 0o644n }) & 0o7777n),
    map: { header: { ...header, ...reserved }, extents },
  };
}

function extentsOf(file: YAMLMap, size: bigint): readonly FmapStrip[] | readonly FmapInterleaved[] {
  const lists = ['simple_ext_list', 'striped_ext_list'].filter((key) => file.has(key));
  if (lists.length !== 1)
    throw new Odd('E_MISSING', file, 'file', `with ${lists.length} lists of extents`, 'simple_ext_list or striped_ext_list');
  if (lists[0] === 'simple_ext_list') return itemsOf(file, 'simple_ext_list', MAX_FMAP_EXTENTS).map(stripOf);
  let rest = size;
  return itemsOf(file, 'striped_ext_list', MAX_FMAP_EXTENTS).map((extent) => {
    const made = interleavedOf(extent, rest);
    rest -= made.ie_nbytes < rest ? made.ie_nbytes : rest;
    return made;
  });
}

/** `rest`: bytes of the file that no extent before it covers. */
function interleavedOf(extent: YAMLMap, rest: bigint): FmapInterleaved {
  // `nbytes` is ours: famfs has one interleaved extent, which is all of the file.
  refuseOthers(extent, 'an extent', ['nstrips', 'chunk_size', 'simple_ext_list', 'nbytes']);
  const count = numberIn(extent, 'nstrips'),
    strips = itemsOf(extent, 'simple_ext_list', MAX_FMAP_STRIPS).map(stripOf);
  if (BigInt(strips.length) !== count) throw new Odd('E_COUNT', extent, 'nstrips', `${count}`, `${strips.length}, as many as follow`);
  const ie_chunk_size = Number(numberIn(extent, 'chunk_size', { most: U32_MAX }));
  return { ie_nstrips: strips.length, ie_chunk_size, ie_nbytes: numberIn(extent, 'nbytes', { otherwise: rest }), reserved: 0n, strips };
}

function stripOf(extent: YAMLMap): FmapStrip {
  refuseOthers(extent, 'an extent', ['devindex', 'offset', 'length']);
  const se_devindex = Number(numberIn(extent, 'devindex', { otherwise: 0n, most: U32_MAX }));
  return { se_devindex, reserved: 0, se_offset: numberIn(extent, 'offset'), se_len: numberIn(extent, 'length') };
}

function itemsOf(map: YAMLMap, key: string, most: number): readonly YAMLMap[] {
  const list = nodeIn(map, key);
  if (!isSeq(list)) throw new Odd('E_KEY', list ?? map, key, 'no list', 'a list');
  if (list.items.length > most) throw new Odd('E_TOO_MANY', list, key, `${list.items.length} entries`, `at most ${most}`);
  return list.items.map((item) => {
    if (!isMap(item)) throw new Odd('E_KEY', list, key, 'with an entry that is no mapping', 'a mapping an entry');
    return item;
  });
}

function refuseOthers(map: YAMLMap, where: string, known: readonly string[]): void {
  for (const { key } of map.items) {
    const name = isScalar(key) && typeof key.value === 'string' ? key.value : 'no text';
    if (!known.includes(name)) throw new Odd('E_KEY', isScalar(key) ? key : map, `a key of ${where}`, name.slice(0, 40), known.join(', '));
  }
}

const nodeIn = (map: YAMLMap, key: string): Node | undefined => map.get(key, true) as Node | undefined;

function textIn(map: YAMLMap, key: string): string {
  const node = nodeIn(map, key);
  if (isScalar(node) && typeof node.value === 'string' && node.value !== '') return node.value;
  throw new Odd('E_MISSING', node ?? map, key, 'not there', 'a value');
}

function numberIn(map: YAMLMap, key: string, { otherwise, most = U64_MAX }: { otherwise?: bigint; most?: bigint } = {}): bigint {
  if (otherwise !== undefined && !map.has(key)) return otherwise;
  const text = textIn(map, key),
    value = cNumber(text);
  if (value === undefined || value > most)
    throw new Odd('E_NUMBER', nodeIn(map, key), key, text.slice(0, 40), `a number as C writes it, at most ${most}`);
  return value;
}
