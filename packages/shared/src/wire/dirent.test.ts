import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isFlaw, U64_MAX, utf8 } from '../units/index.ts';
import { type FolderEntry, dirent64, readDirents } from './dirent.ts';

function answerOf(entries: readonly FolderEntry[]): Uint8Array {
  const parts = entries.map(({ ino, type, name }) => {
    const bytes = new Uint8Array(Math.ceil((19 + name.length + 1) / 8) * 8);
    bytes.set(dirent64.encode({ d_ino: ino, d_reclen: bytes.length, d_type: type }));
    bytes.set(name, 19);
    return bytes;
  });
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const name = fc.uint8Array({ min: 1, max: 255, minLength: 1, maxLength: 30 });
const entry = fc.record({ ino: fc.bigInt({ min: 0n, max: U64_MAX }), type: fc.nat(255), name });

describe('readDirents', () => {
  test('reads back what the kernel writes, but for the dots', () => {
    const dots = ['.', '..'].map((text): FolderEntry => ({ ino: 2n, type: 4, name: utf8(text) }));
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 5 }), (entries) => {
        const kept = entries.filter(({ name }) => !(name.length <= 2 && name.every((byte) => byte === 0x2e)));
        expect(readDirents(answerOf([...dots, ...entries]))).toEqual(kept);
      }),
    );
  });

  test('answers entries or a flaw for any bytes, and ends', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const found = readDirents(bytes);
        expect(isFlaw(found) || found.length <= bytes.length / 24).toBe(true);
      }),
    );
    expect(readDirents(new Uint8Array(24))).toMatchObject({ field: 'd_reclen', found: '0' });
  });
});
