import { type BitSet, dioFlags, type FtraceFormat, iocbFlags, kernelFlags, mapFlags, OpFlag, opFlags } from '../wire/index.ts';

/** Turns a kernel's bits into ours. */
export type Translate = (bits: number) => number;

/** Names that print formats have for bits that the wire calls otherwise. */
const aliases: Readonly<Record<string, string>> = {
  BH: 'BUFFER_HEAD',
  AIO_HAS_METADATA: 'HAS_METADATA',
  DIO_FORCE_WAIT: 'FORCE_WAIT',
  DIO_OVERWRITE_ONLY: 'OVERWRITE_ONLY',
  DIO_PARTIAL: 'PARTIAL',
  // Those of fuse-iomap.
  APPEND: 'SIZE_CHANGED',
  ATOMIC: 'ATOMIC_BIO',
  IOMAP_END: 'WANT_IOMAP_END',
  OVERWRITE: 'OVERWRITE_ONLY',
  FSDAX: 'DAX',
};
/** What a name in a print format is on the wire; fuse-iomap prints in small letters. */
const wireName = (printed: string, known: ReadonlyMap<string, number>): string => {
  const name = printed.toUpperCase();
  return known.has(name) ? name : (aliases[name] ?? name);
};
/** Where `print fmt` has no names. Fact: include/linux/iomap.h since 5.2; recordings/dax-README.md for DAX. */
const OLD_MAP = { NEW: 0, DIRTY: 1, SHARED: 2, MERGED: 3 } as const;

/** Mapping flags of `struct iomap` by the names in the format, since their numbers moved between kernels (fact: spec/protocol.md 2.2). */
export const mapFlagsOf = (format: FtraceFormat, field = 'flags'): Translate =>
  translator(format, field, mapFlags, Object.entries(OLD_MAP));

/** Op flags; those without a name in the format (DAX has none) have the same number as on the wire. */
export const opFlagsOf = (format: FtraceFormat, field = 'flags'): Translate =>
  translator(
    format,
    field,
    opFlags,
    opFlags.bits.map(([name, bit]) => [name, bit]),
  );

/** IOCB_ bits, which are not the same everywhere, as those of `iocbFlags`. */
export const iocbFlagsOf = (format: FtraceFormat): Translate => translator(format, 'ki_flags', iocbFlags, []);
export const dioFlagsOf = (format: FtraceFormat): Translate => translator(format, 'dio_flags', dioFlags, []);

/** Which op flags a direct read or write of these IOCB_ bits has. */
export function opFlagsOfIocb(bits: number): number {
  let flags = OpFlag.DIRECT;
  for (const [name, to] of shared) if ((bits & iocbFlags.mask(name)) !== 0) flags |= to;
  return flags >>> 0;
}
const shared = [
  ['WRITE', OpFlag.WRITE],
  ['NOWAIT', OpFlag.NOWAIT],
  ['ATOMIC', OpFlag.ATOMIC],
  ['DONTCACHE', OpFlag.DONTCACHE],
] as const;

function translator(format: FtraceFormat, field: string, set: BitSet, fallback: readonly (readonly [string, number])[]): Translate {
  const ours = new Map(set.bits.map(([name, bit]) => [name, (1 << bit) >>> 0])),
    named = new Map<number, number>(),
    table = kernelFlags(format, field)?.entries ?? [];
  for (const [mask, name] of table) named.set(mask, ours.get(wireName(name, ours)) ?? 0);
  const pairs = [...named];
  for (const [name, bit] of fallback)
    if (!named.has((1 << bit) >>> 0) && !table.some(([, other]) => other === name)) pairs.push([(1 << bit) >>> 0, ours.get(name) ?? 0]);
  const seen = new Map<number, number>();
  // Most records say what the one before them did.
  let last = 0,
    lastValue = 0;
  return (bits) => {
    if (bits === last) return lastValue;
    let value = seen.get(bits);
    if (value === undefined) {
      value = 0;
      for (const [mask, to] of pairs) if ((bits & mask) !== 0) value |= to;
      value >>>= 0;
      if (seen.size < 4096) seen.set(bits, value);
    }
    last = bits;
    return (lastValue = value);
  };
}
