import { InitFlag } from './bits-init.ts';
import { forgetOne, initOut } from './classic-inode.ts';
import { getxattrOut, setxattrIn } from './classic-names.ts';
import type { Cursor } from './cursor.ts';
import { type Extension, writeExtension } from './extensions.ts';
import { type Fmap, fmapKind } from './fmap.ts';
import { concat, sizesOf, writeStruct } from './kind.ts';
import { structTail } from './kind-counted.ts';
import { type Dirent, direntplusStreamKind, direntStreamKind } from './kind-dirents.ts';
import type { MessageRow, ReplyTail, RequestTail } from './messages.ts';
import type { Meant, Negotiated } from './negotiated.ts';
import { type AnyStruct, encodeValues, type Values } from './struct.ts';

/** What is behind the header of a message: structs, then names, bytes or records, as its opcode says. */
export interface Body {
  readonly structs: readonly { readonly table: AnyStruct; readonly values: Values }[];
  readonly names?: readonly Uint8Array[];
  /** Bytes of a file, the value of an attribute, the target of a link. */
  readonly data?: Uint8Array;
  readonly forgets?: readonly Values[];
  readonly entries?: readonly Dirent[];
  readonly fmap?: Fmap;
  readonly extensions?: readonly Extension[];
}

/** What a message is read by, beside itself. */
export interface Known {
  readonly init?: Negotiated | undefined;
  /** Opcodes mean what their names say, whatever INIT agreed on. */
  readonly opcodes?: 'as named' | undefined;
  /** A reply: opcode of its request, and the arguments of that. */
  readonly opcode?: number | undefined;
  readonly asked?: Values | undefined;
}

/** By what an opcode is decided. */
export const meantBy = ({ opcodes, init }: Known): Meant => opcodes ?? init;

const forgetTail = structTail('forgets', forgetOne, (head) => Number(head['count']));

/**
 * Which form of the arguments it is. Without INIT nobody says how long `fuse_setxattr_in` is: then that in which name and value come out
 * even. Fact: spec/protocol.md 1.2, 1.3 and 2.4.
 */
function formOf(from: Cursor, { args, leastArgs, tail }: MessageRow, init: Negotiated | undefined): number {
  if (!args || (leastArgs === 0 && from.left === 0)) return 0;
  if (tail !== 'name and value') return sizesOf(args).findLast((size) => size <= from.left) ?? (leastArgs || args.size);
  if (init) return init.flags & InitFlag.SETXATTR_EXT ? args.size : leastArgs;
  const bytes = from.bytes.subarray(from.at, from.end),
    value = setxattrIn.read(concat([bytes.subarray(0, args.size), new Uint8Array(args.size)])) as { readonly size: number };
  const isEven = (size: number): boolean => {
    const nul = bytes.indexOf(0, size);
    return nul > size && nul + 1 + value.size === bytes.length;
  };
  return sizesOf(args).find(isEven) ?? args.size;
}

type Tail = Omit<Body, 'structs'>;

/** `args` says how much follows. */
const requestTails: { readonly [T in RequestTail]: (from: Cursor, args: Values) => Tail | undefined } = {
  none: () => ({}),
  name: (from) => namesFrom(from, 1),
  'two names': (from) => namesFrom(from, 2),
  'name and value': (from, args) => {
    const names = namesFrom(from, 1),
      data = names && from.take('data', 'value', Number(args['size']));
    return data && { ...names, data };
  },
  data: (from, args) => {
    const size = args['in_size'] ?? args['size'],
      data = size === undefined ? from.rest('data') : from.take('data', 'data', Number(size));
    return data && { data };
  },
  'forget_one records': (from, args) => {
    const list = forgetTail.read(from, args) as readonly Values[] | undefined;
    return list && { forgets: list };
  },
};

function namesFrom(from: Cursor, count: number): Tail | undefined {
  const names: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const name = from.name('name');
    if (!name) return undefined;
    names.push(name);
  }
  return { names };
}

/** Reads up to the end of the cursor; the extensions are behind it. */
export function readRequestBody(from: Cursor, row: MessageRow, known: Known): Body | undefined {
  const size = formOf(from, row, known.init),
    values: Values | undefined = row.args && size > 0 ? from.struct(row.args, size) : {},
    tail = values && requestTails[row.tail](from, values);
  if (!tail) return undefined;
  if (from.left > 0) {
    from.warn('W_TRAILING', row.name, `${from.left} bytes behind its end`, 'none');
    from.rest('trailing');
  }
  return { structs: row.args && size > 0 ? [{ table: row.args, values }] : [], ...tail };
}

const replyTails: { readonly [T in ReplyTail]: (from: Cursor, known: Known) => Partial<Body> | undefined } = {
  none: () => ({}),
  data: (from) => ({ data: from.rest('data') }),
  target: (from) => ({ data: from.rest('target') }),
  'size or value': (from, known) => {
    if (known.asked?.['size'] !== 0) return { data: from.rest('value') };
    const values = from.struct(getxattrOut);
    return values && { structs: [{ table: getxattrOut, values }] };
  },
  dirents: (from) => {
    const entries = direntStreamKind.read(from);
    return entries && { entries };
  },
  direntplus: (from) => {
    const entries = direntplusStreamKind.read(from);
    return entries && { entries };
  },
  fmap: (from) => {
    const fmap = fmapKind.read(from);
    // What is behind the map has been warned of, and is no flaw of the reply.
    if (fmap) from.rest('trailing');
    return fmap && { fmap };
  },
};

/** The body of a reply that went well: exactly this, where it is of fixed size (`E_SIZE`). */
export function readReplyBody(from: Cursor, row: MessageRow, known: Known): Body | undefined {
  const structs: { table: AnyStruct; values: Values }[] = [];
  for (const table of row.reply ?? []) {
    const size = table === initOut ? (sizesOf(table).find((one) => one === from.left) ?? table.size) : table.size,
      values = from.struct(table, size);
    if (!values) return undefined;
    structs.push({ table, values });
  }
  const tail = replyTails[row.replyTail](from, known);
  return tail && from.done(row.name) ? { ...tail, structs: [...structs, ...(tail.structs ?? [])] } : undefined;
}

/** Inverse of `readRequestBody` and `readReplyBody`. */
export const writeBody = ({ structs, names = [], data, forgets = [], entries, fmap, extensions = [] }: Body): Uint8Array =>
  concat([
    ...structs.map(({ table, values }) => writeStruct(table, values)),
    ...names.flatMap((name) => [name, new Uint8Array(1)]),
    ...(data ? [data] : []),
    ...forgets.map((row) => encodeValues(forgetOne, row)),
    // Without attributes an entry is a plain one.
    ...(entries ? [direntStreamKind.write(entries)] : []),
    ...(fmap ? [fmapKind.write(fmap)] : []),
    ...extensions.map(writeExtension),
  ]);
