import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { isFlaw } from '../units/index.ts';
import { type BitSet, type KernelBits, kernelBitsOf, kernelFlags, type KernelFlags, mapFlags, parseFormat } from './index.ts';

/** The event as a kernel describes it. */
function flagsOf(kernel: '6.1' | '6.18'): KernelFlags {
  const { events } = JSON.parse(readFileSync(new URL(`../fixtures/ftrace/formats-${kernel}.json`, import.meta.url), 'utf8')) as {
    events: Record<string, string>;
  };
  const format = parseFormat(events['iomap/iomap_iter_dstmap']!);
  if (isFlaw(format)) throw new Error(format.code);
  return kernelFlags(format, 'flags')!;
}

describe('kernelFlags', () => {
  test('has the names that the kernel prints: the same bit is another flag elsewhere', () => {
    const bit8 = kernelBitsOf(1 << 8);
    expect([flagsOf('6.1').printKernel(bit8), flagsOf('6.18').printKernel(bit8), mapFlags.print(1 << 8)]).toEqual([
      'SIZE_CHANGED',
      'ATOMIC_BIO',
      'SIZE_CHANGED',
    ]);
    expect([flagsOf('6.18').printKernel(kernelBitsOf(1 << 6)), mapFlags.print(1 << 6)]).toEqual(['BOUNDARY', 'ATOMIC_BIO']);
  });

  test.each(['6.1', '6.18'] as const)('prints and parses as inverses on %s, bits without a name included', (kernel) => {
    const flags = flagsOf(kernel);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (raw) => {
        expect(flags.parseKernel(flags.printKernel(kernelBitsOf(raw)))).toBe(kernelBitsOf(raw));
      }),
    );
    expect(flags.parseKernel('NEW|NONSENSE')).toBeUndefined();
  });

  test('is of a type that can not be mixed up with the bits of the wire', () => {
    expectTypeOf<KernelBits>().not.toExtend<number | bigint>();
    expectTypeOf<number>().not.toExtend<KernelBits>();
    expectTypeOf<KernelFlags>().not.toExtend<BitSet>();
    expectTypeOf<BitSet>().not.toExtend<KernelFlags>();
  });
});
