import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isFlaw, U64_MAX } from '../units/index.ts';
import { FsmapFlag } from './bits-ioctl.ts';
import { FsmapColumns } from './fsmap-columns.ts';
import { fsmapOwnerName, fsmapOwners } from './fsmap-owners.ts';
import { fsmap, fsmapHead } from './ioctl.ts';

const u64 = fc.bigInt({ min: 0n, max: U64_MAX }),
  u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const record = fc.record({ fmr_device: u32, fmr_flags: u32, fmr_physical: u64, fmr_owner: u64, fmr_offset: u64, fmr_length: u64 });

function answerOf(records: readonly Parameters<typeof fsmap.encode>[0][]): Uint8Array {
  const bytes = new Uint8Array(fsmapHead.size + records.length * fsmap.size);
  records.forEach((each, i) => fsmap.write(each, bytes, fsmapHead.size + i * fsmap.size));
  return bytes;
}

describe('FsmapColumns', () => {
  test('keeps what struct by struct is read', () => {
    fc.assert(
      fc.property(fc.array(fc.array(record, { maxLength: 5 }), { maxLength: 4 }), (answers) => {
        const columns = new FsmapColumns(1);
        for (const records of answers) expect(columns.append(answerOf(records), records.length)).toBe(records.length);
        const all = answers.flat();
        expect(columns.count).toBe(all.length);
        all.forEach((each, i) => {
          const read = fsmap.read(fsmap.encode(each));
          if (isFlaw(read)) throw new Error(read.field);
          expect([columns.device[i], columns.flags[i], columns.physical[i]]).toEqual([read.fmr_device, read.fmr_flags, read.fmr_physical]);
          expect([columns.owner[i], columns.offset[i], columns.length[i]]).toEqual([read.fmr_owner, read.fmr_offset, read.fmr_length]);
        });
        expect(columns.isLast).toBe(((all.at(-1)?.fmr_flags ?? 0) & FsmapFlag.LAST) !== 0);
      }),
    );
  });

  test('reads no record that is not there, however many were promised', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.integer({ min: -1, max: 2 ** 31 }), fc.nat(3), (bytes, entries, skip) => {
        const found = new FsmapColumns(1).append(bytes.subarray(skip), entries);
        expect(found).toBeLessThanOrEqual(Math.floor(Math.max(0, bytes.length - skip - 192) / 64));
      }),
    );
  });
});

test('fsmapOwnerName names every code of the table once, and shows one that nobody has named', () => {
  const names = fsmapOwners.map(([, type, code]) => fsmapOwnerName((BigInt(type) << 32n) | BigInt(code)));
  expect(names).toEqual(fsmapOwners.map(([name]) => name));
  expect(new Set(names).size).toBe(fsmapOwners.length);
  expect(fsmapOwnerName((0x58n << 32n) | 9n)).toBe('owner 0x58:9?');
});
