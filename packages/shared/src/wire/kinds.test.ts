import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { alike } from '../fixtures/alike.ts';
import { bytesPicture } from '../fixtures/bytes.ts';
import { lawRuns } from '../fixtures/runs.ts';
import { isFlaw } from '../units/index.ts';
import {
  type AnyStruct,
  bytesOfHex,
  decode,
  dirent,
  direntplus,
  entryOut,
  famfsFmapHeader,
  famfsIext,
  famfsSimpleExt,
  fiemapExtent,
  type FieldType,
  forgetOne,
  fsmap,
  inHeader,
  isChars,
  isList,
  isScalar,
  isStruct,
  judge,
  type Kind,
  kindOf,
  kinds,
  outHeader,
  scalars,
} from './index.ts';
import * as wire from './index.ts';

const isTable = (value: unknown): value is AnyStruct => typeof value === 'object' && value !== null && 'slots' in value;
const tableOf = new Map(
  Object.values(wire)
    .filter(isTable)
    .map((table) => [table.name.replace(/^fuse_/, ''), table]),
);

const bytes = (most: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength: most });
const name = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((raw) => raw.map((byte) => (byte === 0 ? 0x61 : byte)));

function anyOf(type: FieldType): fc.Arbitrary<unknown> {
  if (isScalar(type)) {
    const bits = BigInt(8 * scalars[type].width),
      min = type.startsWith('s') ? -(1n << (bits - 1n)) : 0n,
      max = min + (1n << bits) - 1n;
    return fc.bigInt({ min, max }).map((n) => (bits === 64n ? n : Number(n)));
  }
  if (isStruct(type)) return anyRow(type as AnyStruct);
  if (isChars(type)) return fc.uint8Array({ minLength: type.chars, maxLength: type.chars });
  return isList(type) ? fc.array(anyOf(type.each), { minLength: type.length, maxLength: type.length }) : fc.constant(undefined);
}
const anyRow = ({ slots }: AnyStruct, fixed: Readonly<Record<string, unknown>> = {}): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(
    Object.fromEntries(
      slots
        .filter(({ size }) => size > 0)
        .map((slot) => [slot.name, slot.name in fixed ? fc.constant(fixed[slot.name]) : anyOf(slot.type)]),
    ),
  );

/** A struct, and so many of what follows as it says. */
const counted = <T extends { readonly length: number }>(
  table: AnyStruct,
  tail: string,
  parts: fc.Arbitrary<T>,
  count: (n: number) => Record<string, unknown>,
) => parts.chain((list) => anyRow(table, count(list.length)).map((head) => ({ ...head, [tail]: list })));
const rows = (table: AnyStruct): fc.Arbitrary<Record<string, unknown>[]> => fc.array(anyRow(table), { maxLength: 5 });
const record = (isPlus: boolean) =>
  fc.record({
    ino: anyOf('u64'),
    off: anyOf('u64'),
    type: anyOf('u32'),
    name,
    ...(isPlus && { entry: anyRow(entryOut) }),
  });
const strips = fc.array(anyRow(famfsSimpleExt), { minLength: 1, maxLength: 32 });
const fmap = fc.oneof(
  strips.chain((extents) =>
    anyRow(famfsFmapHeader, { fmap_version: 1, ext_type: 0, nextents: extents.length }).map((header) => ({ header, extents })),
  ),
  fc
    .array(
      strips.chain((list) => anyRow(famfsIext, { ie_nstrips: list.length }).map((head) => ({ ...head, strips: list }))),
      { minLength: 1, maxLength: 32 },
    )
    .chain((extents) =>
      anyRow(famfsFmapHeader, { fmap_version: 1, ext_type: 1, nextents: extents.length }).map((header) => ({ header, extents })),
    ),
);

/** Values of the kinds that are more than a struct. */
const values: Record<string, fc.Arbitrary<unknown>> = {
  request: bytes(64).chain((payload) => anyRow(inHeader, { len: 40 + payload.length }).map((header) => ({ header, payload }))),
  reply: bytes(64).chain((payload) => anyRow(outHeader).map((header) => ({ header, payload }))),
  fmap,
  dirent: record(false),
  direntplus: record(true),
  dirent_stream: fc.array(record(false), { maxLength: 5 }),
  direntplus_stream: fc.array(record(true), { maxLength: 5 }),
  batch_forget_in: counted(wire.batchForgetIn, 'forgets', rows(forgetOne), (count) => ({ count })),
  notify_inval_entry_out: counted(wire.notifyInvalEntryOut, 'name', name, (namelen) => ({ namelen })),
  notify_delete_out: counted(wire.notifyDeleteOut, 'name', name, (namelen) => ({ namelen })),
  notify_store_out: counted(wire.notifyStoreOut, 'data', bytes(64), (size) => ({ size })),
  notify_prune_out: counted(wire.notifyPruneOut, 'nodeids', fc.array(anyOf('u64'), { maxLength: 5 }), (count) => ({ count })),
  fiemap: counted(wire.fiemap, 'fm_extents', rows(fiemapExtent), (n) => ({ fm_extent_count: 5, fm_mapped_extents: n })),
  fsmap_head: counted(wire.fsmapHead, 'fmh_recs', rows(fsmap), (n) => ({ fmh_count: 5, fmh_entries: n })),
};
const valuesOf = (kind: Kind): fc.Arbitrary<unknown> => values[kind.name] ?? anyRow(tableOf.get(kind.name)!);
/** Of all kinds together as many as of any law, of each enough. */
const runs = { numRuns: Math.max(30, lawRuns(1 / kinds.size).numRuns) };
const all = [...kinds.values()].map((kind) => [kind.name, kind] as const);

describe('law of decoding: decode is the inverse of write', () => {
  test.each(all)('%s', (_, kind) => {
    fc.assert(
      fc.property(valuesOf(kind), (value) => {
        const written = kind.write(value),
          found = decode(kind, written);
        alike(isFlaw(found) ? found : [found.value, found.size], [value, written.length], () => bytesPicture(written));
      }),
      runs,
    );
  });
});

describe('write is the inverse of decode, for bytes that are canonical', () => {
  test.each(all)('%s', (_, kind) => {
    fc.assert(
      fc.property(valuesOf(kind), (value) => {
        const written = kind.write(value),
          again = decode(kind, written);
        if (isFlaw(again)) throw new Error(again.code);
        expect(kind.write(again.value)).toEqual(written);
      }),
      runs,
    );
  });
});

describe('fromPlain is the inverse of toPlain, but for what the JSON leaves out', () => {
  test.each(all)('%s', (_, kind) => {
    fc.assert(
      fc.property(valuesOf(kind), (value) => {
        const plain = kind.toPlain(value);
        // Random bytes without a NUL are no name.
        if (plain === undefined) return;
        const back = kind.fromPlain(JSON.parse(JSON.stringify(plain)));
        if (isFlaw(back)) throw new Error(`${back.field} ${back.found}`);
        expect(kind.toPlain(back)).toEqual(plain);
      }),
      runs,
    );
  });
});

describe('decode answers rows or flaws of random bytes', () => {
  test.each(all)('%s', (_, kind) => {
    fc.assert(
      fc.property(bytes(400), (raw) => {
        const found = decode(kind, raw);
        if (isFlaw(found)) expect([found.at >= 0, found.at <= raw.length]).toEqual([true, true]);
        else {
          expect(found.size).toBeLessThanOrEqual(raw.length);
          judge(kind, raw);
        }
      }),
      { numRuns: 50 },
    );
  });
});

const verdict = (kind: string, hex: string): { code: string | undefined; value: unknown } => {
  const { flaw, errors, value } = judge(kindOf(kind)!, bytesOfHex(hex.replaceAll(' ', ''))!);
  return { code: flaw?.code ?? errors[0]?.code, value };
};

describe('notify_prune_out', () => {
  const head = (count: string): string => `${count}000000 00000000 0000000000000000`,
    node = '2a00000000000000';

  test('may name no node, one, or two', () => {
    expect(verdict('notify_prune_out', head('00'))).toEqual({ code: undefined, value: { count: 0, nodeids: [] } });
    expect(verdict('notify_prune_out', head('01') + node)).toEqual({ code: undefined, value: { count: 1, nodeids: ['42'] } });
    expect(verdict('notify_prune_out', head('02') + node + node).value).toEqual({ count: 2, nodeids: ['42', '42'] });
  });

  test('is refused when it counts more nodes than follow, or fewer', () => {
    expect(verdict('notify_prune_out', head('02') + node).code).toBe('E_SHORT');
    expect(verdict('notify_prune_out', 'ffffffff 00000000 0000000000000000').code).toBe('E_SHORT');
    expect(verdict('notify_prune_out', head('00') + node).code).toBe('E_SIZE');
  });
});

test('notify_inval_entry_out has a name and its NUL, which namelen does not count', () => {
  const head = '0100000000000000 02000000 01000000';
  expect(verdict('notify_inval_entry_out', `${head} 6162 00`).value).toEqual({ parent: '1', namelen: 2, flags: 1, name: 'ab' });
  expect(verdict('notify_inval_entry_out', `${head} 616263`).code).toBe('E_NAME');
  expect(verdict('notify_inval_entry_out', `${head} 6162`).code).toBe('E_SHORT');
});

test('init_in, init_out and setxattr_in have older forms that end sooner', () => {
  const sizes = ['init_in', 'init_out', 'setxattr_in'].map((name) =>
    Array.from({ length: 65 }, (_, size) => size).filter((size) => !isFlaw(decode(kindOf(name)!, new Uint8Array(size)))),
  );
  expect(sizes).toEqual([
    [16, 64],
    [8, 24, 64],
    [8, 16],
  ]);
  expect(verdict('init_out', '07000000 04000000').value).toEqual({ major: 7, minor: 4 });
});

test('a name that is no UTF-8 is told as hex', () => {
  const record = `${'00'.repeat(16)} 02000000 08000000 61ff 000000000000`;
  expect(verdict('dirent', record).value).toEqual({ ino: '0', off: '0', type: 8, name: { hex: '61ff' } });
});

test('dirent_stream refuses a name with a slash, and tells of "." with a nodeid', () => {
  const head = (size: string): string => `${'00'.repeat(16)} ${size}000000 04000000`;
  expect(verdict('dirent_stream', `${head('03')} 612f62 0000000000`).code).toBe('E_NAME');
  const dots = `01${'00'.repeat(127)} ${head('01')} 2e 00000000000000`;
  expect(judge(kindOf('direntplus_stream')!, bytesOfHex(dots.replaceAll(' ', ''))!).remarks.map(({ code }) => code)).toEqual([
    'W_DOT_NODEID',
  ]);
});

test('kindOf knows a struct with and without fuse_, and nothing else', () => {
  expect(kindOf('fuse_write_in')).toBe(kindOf('write_in'));
  expect(kindOf('toString')).toBeUndefined();
  expect(kinds.size).toBeGreaterThan([dirent, direntplus].length + tableOf.size);
});
