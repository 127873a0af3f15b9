import { attrOut } from '@mapscope/shared/wire';
import { isFlaw } from '@mapscope/shared/units';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeAttributes } from './attributes.ts';
import type { Attributes } from './filesystem.ts';

const file: Omit<Attributes, 'atimeNs' | 'mtimeNs' | 'ctimeNs'> = {
  ino: 5n,
  size: 3n,
  blocks: 8n,
  mode: 0o100644,
  nlink: 1,
  uid: 0,
  gid: 0,
  rdev: 0,
  blockSize: 4096,
};

describe('encodeAttributes', () => {
  test('says each time as seconds and nanoseconds of that second, also before 1970', () => {
    const time = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n });
    fc.assert(
      fc.property(time, time, time, (atimeNs, mtimeNs, ctimeNs) => {
        const read = attrOut.read(encodeAttributes({ ...file, atimeNs, mtimeNs, ctimeNs }));
        if (isFlaw(read)) throw new Error(read.code);
        const { attr } = read;
        for (const [seconds, nanoseconds, wanted] of [
          [attr.atime, attr.atimensec, atimeNs],
          [attr.mtime, attr.mtimensec, mtimeNs],
          [attr.ctime, attr.ctimensec, ctimeNs],
        ] as const) {
          // The kernel takes no more, and reads the seconds as signed.
          expect(nanoseconds).toBeLessThan(1_000_000_000);
          expect(BigInt.asIntN(64, seconds) * 1_000_000_000n + BigInt(nanoseconds)).toBe(wanted);
        }
      }),
    );
  });
});
