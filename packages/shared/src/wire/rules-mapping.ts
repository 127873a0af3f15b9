import { U64_MAX } from '../units/index.ts';
import { MapFlag, mapFlags, wireTypes } from './bits-iomap.ts';
import { Errno } from './errno.ts';
import { DELALLOC, hasPlace, INLINE, MAPPED, NO_ADDRESS, PURE_OVERWRITE, UNWRITTEN, type WireMapping } from './mapping.ts';
import { type Rule, rulesOf } from './violation.ts';

/** What of the file a reply is judged by. What is left out is not judged. */
export interface MappedFile {
  /** Bytes of a block of the filesystem; 0: not known. */
  readonly blockSize?: number;
  /** The largest file size; a kernel knows none above 2^63 - 1. */
  readonly maxBytes?: bigint;
  /** How a device of this cookie was opened; `undefined` for one that was never registered. */
  readonly device?: (cookie: number) => 'read' | 'read and write' | undefined;
}

/** Of an unknown size everything is a multiple. */
export const blockOf = ({ blockSize }: MappedFile): bigint => BigInt(blockSize || 1);

/** One side of a reply. */
export interface Side {
  readonly m: WireMapping;
  readonly isRead: boolean;
  readonly file: MappedFile;
}

/** Fact: MAX_LFS_FILESIZE of a 64-bit kernel. */
const MAX_BYTES = (1n << 63n) - 1n;
/** A server may set only bits 0 to 7; SIZE_CHANGED and STALE are the kernel's. Fact: spec/protocol.md 2.2. */
const SERVER_FLAGS = 0xff;
const hex = (n: bigint | number): string => `0x${n.toString(16)}`;

/** In the order of protocol.md 4.1: the first one broken is what the kernel would answer. */
export const mappingRules: readonly Rule<Side>[] = rulesOf('protocol.md 4.1', Errno.EUCLEAN, [
  [
    'E_TYPE',
    'type is HOLE, DELALLOC, MAPPED, UNWRITTEN, INLINE or PURE_OVERWRITE',
    ({ m }) => (m.type > INLINE && m.type !== PURE_OVERWRITE ? wireTypes.print(m.type) : undefined),
  ],
  [
    'E_FLAGS',
    'a server sets only the flag bits 0 to 7',
    ({ m }) => (m.flags & ~SERVER_FLAGS ? mapFlags.print(m.flags & ~SERVER_FLAGS) : undefined),
  ],
  ['E_LEN_ZERO', 'length is more than 0', ({ m }) => (m.length === 0n ? '0' : undefined)],
  [
    'E_ALIGN',
    'offset and length are multiples of the block size, at the end of the file too',
    ({ m, file }) => ((m.offset | m.length) % blockOf(file) !== 0n ? `${m.offset} +${m.length}` : undefined),
  ],
  ['E_FILE_OVERFLOW', 'offset + length fits a u64', ({ m }) => (m.offset + m.length > U64_MAX ? hex(m.offset + m.length) : undefined)],
  [
    'E_MAXBYTES',
    'offset is below the largest file size',
    ({ m, file }) => (m.offset >= (file.maxBytes ?? MAX_BYTES) ? `${m.offset}` : undefined),
  ],
  ['E_NEED_DEV', 'MAPPED and UNWRITTEN name a device', ({ m }) => (hasPlace(m) && m.dev === 0 ? '0' : undefined)],
  ['E_NEED_ADDR', 'MAPPED and UNWRITTEN have an address', ({ m }) => (hasPlace(m) && m.addr === NO_ADDRESS ? 'none' : undefined)],
  [
    'E_OVERWRITE_READ',
    'PURE_OVERWRITE stands only in the write mapping',
    ({ m, isRead }) => (m.type === PURE_OVERWRITE && isRead ? 'PURE_OVERWRITE' : undefined),
  ],
  [
    'E_OVERWRITE_STATE',
    'PURE_OVERWRITE carries no flags',
    ({ m }) => (m.type === PURE_OVERWRITE && m.flags !== 0 ? mapFlags.print(m.flags) : undefined),
  ],
  [
    'E_UNWANTED_DEV',
    'HOLE, DELALLOC, INLINE and PURE_OVERWRITE name no device',
    ({ m }) => (!hasPlace(m) && m.dev !== 0 ? `${m.dev}` : undefined),
  ],
  [
    'E_UNWANTED_ADDR',
    'HOLE, DELALLOC, INLINE and PURE_OVERWRITE have no address',
    ({ m }) => (!hasPlace(m) && m.addr !== NO_ADDRESS ? hex(m.addr) : undefined),
  ],
  [
    'E_DEV_OVERFLOW',
    'addr + length fits a u64',
    ({ m }) => (m.addr !== NO_ADDRESS && m.addr + m.length > U64_MAX ? hex(m.addr + m.length) : undefined),
  ],
]);

/** Types that a flag says something about; a flag that is not here goes with any. Fact: meanings in spec/protocol.md 2.2. */
const typesOfFlag: readonly (readonly [mask: number, types: readonly number[]])[] = [
  [MapFlag.NEW, [DELALLOC, MAPPED, UNWRITTEN]],
  [MapFlag.SHARED, [DELALLOC, MAPPED, UNWRITTEN]],
  [MapFlag.MERGED | MapFlag.BOUNDARY | MapFlag.ANON_WRITE | MapFlag.ATOMIC_BIO, [MAPPED, UNWRITTEN]],
];
const strayFlags = (m: WireMapping): number =>
  typesOfFlag.reduce((stray, [mask, types]) => (types.includes(m.type) ? stray : stray | (m.flags & mask)), 0);

/** A mapping that no kernel refuses, but that says something that cannot be. */
export const flagRules: readonly Rule<Side>[] = rulesOf('protocol.md 2.2, 6.1', 0, [
  [
    'W_FLAG_TYPE',
    'NEW and SHARED tell of storage or a reservation, MERGED, BOUNDARY, ANON_WRITE and ATOMIC_BIO of storage',
    ({ m }) =>
      m.flags !== 0 && m.type !== PURE_OVERWRITE && strayFlags(m)
        ? `${mapFlags.print(strayFlags(m))} with ${wireTypes.print(m.type)}`
        : undefined,
  ],
  [
    'W_INLINE_LONG',
    'an INLINE mapping is not longer than a block',
    ({ m, file }) => (m.type === INLINE && file.blockSize && m.length > blockOf(file) ? `${m.length}` : undefined),
  ],
]);
