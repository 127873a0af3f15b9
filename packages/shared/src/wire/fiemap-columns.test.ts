import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maxBig, minBig, U64_MAX } from '../units/index.ts';
import { FiemapFlag } from './bits-ioctl.ts';
import { FiemapColumns } from './fiemap-columns.ts';
import { fiemap, fiemapExtent } from './ioctl.ts';

interface Told {
  readonly offset: bigint;
  readonly length: bigint;
  readonly addr: bigint;
  readonly flags: number;
}

const answerOf = (records: readonly Told[]): Uint8Array => {
  const bytes = new Uint8Array(fiemap.size + records.length * fiemapExtent.size);
  records.forEach(({ offset, length, addr, flags }, i) => {
    const record = { fe_logical: offset, fe_length: length, fe_physical: addr, fe_flags: flags };
    fiemapExtent.write(record, bytes, fiemap.size + i * fiemapExtent.size);
  });
  return bytes;
};
const rowsOf = ({ count, offset, length, addr, flags }: FiemapColumns): Told[] =>
  Array.from({ length: count }, (_, i) => ({ offset: offset[i]!, length: length[i]!, addr: addr[i]!, flags: flags[i]! }));

/** Record by record, with bigint and without haste. */
function slowly(records: readonly Told[], from: bigint): Told[] {
  const out: Told[] = [];
  let told = from;
  for (const { offset, length, addr, flags } of records) {
    const start = maxBig(offset, told),
      end = minBig(offset + length, U64_MAX);
    if (end <= start) continue;
    const isPlaced = (flags & (FiemapFlag.UNKNOWN | FiemapFlag.ENCODED | FiemapFlag.DATA_INLINE | FiemapFlag.DATA_TAIL)) === 0;
    out.push({ offset: start, length: end - start, addr: isPlaced ? BigInt.asUintN(64, addr + start - offset) : addr, flags });
    told = end;
  }
  return out;
}

const near = (n: bigint): fc.Arbitrary<bigint> => fc.bigInt({ min: n < 9n ? 0n : n - 9n, max: minBig(n + 9n, U64_MAX) });
const u64 = fc.oneof(near(0n), near(40n), near(1n << 32n), near(1n << 63n), near(U64_MAX), fc.bigInt({ min: 0n, max: U64_MAX }));
const flags = fc.oneof(
  fc.constant(0),
  fc.constantFrom(...Object.values(FiemapFlag)),
  fc.nat(0xffff_ffff).map((n) => n >>> 0),
);
const record: fc.Arbitrary<Told> = fc.record({ offset: u64, length: u64, addr: u64, flags });

describe('FiemapColumns', () => {
  const a: Told = { offset: 0n, length: 8192n, addr: 1n << 40n, flags: 0 };
  const b: Told = { offset: 16_384n, length: 4096n, addr: 4096n, flags: FiemapFlag.LAST | FiemapFlag.UNWRITTEN };

  test('keeps a field a column, and knows where the next ask begins', () => {
    const columns = new FiemapColumns(1);
    expect(columns.append(answerOf([a, b]), 2)).toBe(2);
    expect(rowsOf(columns)).toEqual([a, b]);
    expect([columns.end, columns.isLast]).toEqual([20_480n, true]);
    columns.restart(4096n);
    expect([columns.count, columns.end, columns.isLast]).toEqual([0, 4096n, false]);
  });

  test('cuts a record that begins before what was asked for, address and all', () => {
    const columns = new FiemapColumns();
    columns.restart(4096n);
    columns.append(answerOf([a]), 1);
    expect(rowsOf(columns)).toEqual([{ offset: 4096n, length: 4096n, addr: (1n << 40n) + 4096n, flags: 0 }]);
  });

  test('leaves the address of a compressed extent alone when it cuts it: its bytes do not lie in order', () => {
    const columns = new FiemapColumns();
    columns.restart(4096n);
    columns.append(answerOf([{ ...a, flags: FiemapFlag.ENCODED }]), 1);
    expect(rowsOf(columns)).toMatchObject([{ offset: 4096n, addr: 1n << 40n }]);
  });

  test('agrees with bigint, record by record, whatever is answered', () => {
    fc.assert(
      fc.property(u64, fc.array(fc.array(record, { maxLength: 6 }), { maxLength: 4 }), (from, answers) => {
        const columns = new FiemapColumns(1);
        columns.restart(from);
        for (const records of answers) columns.append(answerOf(records), records.length);
        expect(rowsOf(columns)).toEqual(slowly(answers.flat(), from));
      }),
    );
  });

  test('joins what was asked for in two parts, each of which says LAST at its end', () => {
    const whole = [a, { ...a, offset: 8192n, length: 16_384n, addr: 0n }, { ...b, offset: 30_000n }],
      [first, second] = [new FiemapColumns(1), new FiemapColumns(1)];
    // Asked for up to 12288, and from there on: the record there is told by both.
    first.append(answerOf([whole[0]!, { ...whole[1]!, flags: FiemapFlag.LAST }]), 2);
    second.restart(12_288n);
    second.append(answerOf(whole.slice(1)), 2);
    first.join(second);
    expect(rowsOf(first)).toEqual(whole);
    expect([first.isLast, first.end]).toEqual([true, second.end]);
  });

  test('join agrees with one answer after the other, wherever the parts meet', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 6 }), fc.array(record, { maxLength: 6 }), u64, (one, two, from) => {
        const [parts, whole, later] = [new FiemapColumns(1), new FiemapColumns(1), new FiemapColumns(1)];
        const isLast = (flags: number): number => flags & ~FiemapFlag.LAST;
        const told = one.map((each) => ({ ...each, flags: isLast(each.flags) }));
        parts.append(answerOf(told), told.length);
        later.restart(from);
        later.append(answerOf(two), two.length);
        whole.append(answerOf(told), told.length);
        whole.append(answerOf(rowsOf(later)), later.count);
        parts.join(later);
        expect(rowsOf(parts)).toEqual(rowsOf(whole));
        expect(parts.end).toBe(whole.end);
      }),
    );
  });

  test('reads no record that is not there, however many were promised', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: -1, max: 2 ** 31 }), (bytes, mapped) => {
        const columns = new FiemapColumns(1);
        expect(columns.append(bytes, mapped)).toBeLessThanOrEqual(Math.floor(Math.max(0, bytes.length - 32) / 56));
        const further = columns.append(bytes.subarray(1), mapped);
        expect(further).toBeLessThanOrEqual(Math.floor(Math.max(0, bytes.length - 33) / 56));
      }),
    );
  });
});
