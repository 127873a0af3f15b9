import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kernelDev, ofKernelDev, ofStatDev, ofUserDev, parseDevice, sayDevice, userDev } from './device-number.ts';

const numbers = fc.record({ major: fc.nat(0xfff), minor: fc.nat(0xfffff) });

describe('a device number', () => {
  test('has three encodings: the kernel’s, that of GETFSMAP, that of stat', () => {
    expect([kernelDev({ major: 7, minor: 0 }), userDev({ major: 7, minor: 1 }), userDev({ major: 254, minor: 0 })]).toEqual([
      7_340_032, 0x701, 0xfe00,
    ]);
    expect([ofKernelDev(7_340_032), ofUserDev(0x701), ofStatDev(0xfe00n)].map(sayDevice)).toEqual(['7:0', '7:1', '254:0']);
  });

  test('comes back from each of them, and from text', () => {
    fc.assert(
      fc.property(numbers, (device) => {
        expect(ofKernelDev(kernelDev(device))).toEqual(device);
        expect(ofUserDev(userDev(device))).toEqual(device);
        expect(parseDevice(sayDevice(device))).toEqual(device);
        // Below 2^12 and 2^20 the C library's encoding is the kernel's for user space.
        expect(ofStatDev(BigInt(userDev(device)))).toEqual(device);
      }),
    );
  });

  test('ofStatDev puts the scattered bits of large numbers together', () => {
    const major = 0x12345n,
      minor = 0x6789an;
    const dev = ((major & 0xfffn) << 8n) | ((major & ~0xfffn) << 32n) | (minor & 0xffn) | ((minor & ~0xffn) << 12n);
    expect(ofStatDev(dev)).toEqual({ major: Number(major), minor: Number(minor) });
  });

  test.each(['', '7', '7:', ':0', '7:0:1', '-1:0', '7:0 ', '12345678:0'])('parseDevice refuses %j', (text) => {
    expect(parseDevice(text)).toBeUndefined();
  });
});
