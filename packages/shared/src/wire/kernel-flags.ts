import type { FtraceFormat } from './ftrace-format.ts';

declare const kernelBits: unique symbol;
/**
 * Flag bits as a kernel has them in memory. They are numbers, but no number to the compiler: what prints or takes bits of the wire can not
 * be given them, and the other way round. They differ from the wire from bit 4 on, and between kernels (spec/protocol.md 2.2, 8.1).
 */
export interface KernelBits {
  readonly [kernelBits]: true;
}

/** Bits out of a trace record. */
export const kernelBitsOf = (raw: number): KernelBits => (raw >>> 0) as unknown as KernelBits;
const numberOf = (bits: KernelBits): number => bits as unknown as number;

/** What one kernel calls the bits of one field. Not a `BitSet`: its values are of another type. */
export interface KernelFlags {
  /** Mask and name, in the order of the kernel. */
  readonly entries: readonly (readonly [mask: number, name: string])[];
  /** Bits without a name are kept as `0x200?`. */
  readonly printKernel: (bits: KernelBits) => string;
  /** Inverse of `printKernel`; `undefined` when a word is neither a name nor `0x…?`. */
  readonly parseKernel: (text: string) => KernelBits | undefined;
}

/** The table in the event’s own `print fmt`, never a list of ours. `undefined`: this kernel prints no names for the field. */
export function kernelFlags(format: FtraceFormat, field: string): KernelFlags | undefined {
  const table = format.symbols.get(field);
  if (!table?.isFlags) return undefined;
  const entries = table.entries.map(([mask, name]) => [Number(BigInt.asUintN(32, mask)), name] as const).filter(([mask]) => mask !== 0),
    byName = new Map(entries.map(([mask, name]) => [name, mask]));
  return {
    entries,
    printKernel(bits) {
      let rest = numberOf(bits);
      const words: string[] = [];
      for (const [mask, name] of entries)
        if ((rest & mask) >>> 0 === mask) {
          words.push(name);
          rest = (rest & ~mask) >>> 0;
        }
      if (rest !== 0) words.push(`0x${rest.toString(16)}?`);
      return words.join('|');
    },
    parseKernel(text) {
      let value = 0;
      for (const word of text === '' ? [] : text.split('|')) {
        const bits = byName.get(word) ?? (/^0x[0-9a-f]{1,8}\?$/.test(word) ? Number(word.slice(0, -1)) : undefined);
        if (bits === undefined) return undefined;
        value |= bits;
      }
      return kernelBitsOf(value);
    },
  };
}
