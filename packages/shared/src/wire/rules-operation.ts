import { MapFlag, mapFlags, OpFlag, wireTypes } from './bits-iomap.ts';
import { Errno } from './errno.ts';
import {
  DELALLOC,
  hasPlace,
  HOLE,
  INLINE,
  isSamePlace,
  isWriteLike,
  MAPPED,
  PURE_OVERWRITE,
  targetOf,
  UNWRITTEN,
  type WireMapping,
} from './mapping.ts';
import { blockOf, type MappedFile, type Side } from './rules-mapping.ts';
import { type Rule, rulesOf } from './violation.ts';

/** What was asked. */
export interface Operation {
  /** Where, bytes. */
  readonly pos: bigint;
  /** How much, bytes. */
  readonly count: bigint;
  readonly opflags: number;
  /** REPORT does not say for whom; swapon(2) is strict. */
  readonly isSwapfile?: boolean;
}

/** What was answered to it. */
export interface Answered {
  readonly operation: Operation;
  readonly read: WireMapping;
  readonly write: WireMapping;
  readonly file: MappedFile;
}

const has = (flags: number, mask: number): boolean => (flags & mask) !== 0;
const target = ({ read, write }: Answered): WireMapping => targetOf(read, write);
const end = (m: WireMapping): bigint => m.offset + m.length;
const sayRange = (m: WireMapping): string => `${m.offset} +${m.length}`;

/** One side of a reply to an operation. */
interface AnsweredSide extends Side {
  readonly operation: Operation;
}

export const coverRules: readonly Rule<AnsweredSide>[] = rulesOf('protocol.md 4.1', Errno.EUCLEAN, [
  [
    'E_NO_COVER',
    'both mappings cover pos',
    ({ m, operation: { pos } }) => (m.offset <= pos && pos < end(m) ? undefined : `${sayRange(m)} for pos ${pos}`),
  ],
]);

export const atomicRules: readonly Rule<Answered>[] = rulesOf('protocol.md 4.1', Errno.EIO, [
  [
    'E_ATOMIC',
    'an atomic write goes to MAPPED or UNWRITTEN with ATOMIC_BIO',
    (a) =>
      has(a.operation.opflags, OpFlag.ATOMIC) && !(hasPlace(target(a)) && has(target(a).flags, MapFlag.ATOMIC_BIO))
        ? [wireTypes.print(target(a).type), mapFlags.print(target(a).flags)].filter(Boolean).join(' ')
        : undefined,
  ],
]);

/** The device of one side. */
export const deviceRules: readonly Rule<AnsweredSide>[] = rulesOf('protocol.md 4.1', Errno.EUCLEAN, [
  [
    'E_DEV_UNKNOWN',
    'a device cookie is a registered one',
    ({ m, file }) => (m.dev !== 0 && file.device && !file.device(m.dev) ? `${m.dev}` : undefined),
  ],
  [
    'E_DEV_ACCESS',
    'a device that is written to was opened for writing',
    ({ m, file, operation }) => (m.dev !== 0 && isWriteLike(operation.opflags) && file.device?.(m.dev) === 'read' ? `${m.dev}` : undefined),
    Errno.EACCES,
  ],
]);

/** Zeroing needs no storage, and unsharing passes over what is not shared. */
const isPlainWrite = (opflags: number): boolean => has(opflags, OpFlag.WRITE) && !has(opflags, OpFlag.ZERO | OpFlag.UNSHARE);
const isSwap = ({ operation }: Answered): boolean => operation.isSwapfile === true || has(operation.opflags, OpFlag.SWAPFILE);
const isShared = (m: WireMapping): boolean => hasPlace(m) && has(m.flags, MapFlag.SHARED);

/** What each operation needs, beyond the mapping itself. */
export const operationRules: readonly Rule<Answered>[] = [
  ...rulesOf<Answered>('protocol.md 4.3 (writeback)', Errno.EIO, [
    [
      'E_WRITEBACK_TYPE',
      'writeback needs a place: INLINE and DELALLOC are not allowed',
      (a) =>
        has(a.operation.opflags, OpFlag.WRITEBACK) && (target(a).type === INLINE || target(a).type === DELALLOC)
          ? wireTypes.print(target(a).type)
          : undefined,
    ],
  ]),
  ...rulesOf<Answered>('protocol.md 2.3, 6.1', Errno.EIO, [
    [
      'E_WRITE_HOLE',
      'a write is answered with storage or a reservation, not with a HOLE',
      (a) => (isPlainWrite(a.operation.opflags) && target(a).type === HOLE ? 'HOLE' : undefined),
    ],
    [
      'E_DIRECT_DELALLOC',
      'a direct or DAX write needs a place: DELALLOC has none',
      (a) =>
        isPlainWrite(a.operation.opflags) && has(a.operation.opflags, OpFlag.DIRECT | OpFlag.DAX) && target(a).type === DELALLOC
          ? 'DELALLOC'
          : undefined,
    ],
  ]),
  ...rulesOf<Answered>('protocol.md 4.3 (OVERWRITE_ONLY)', Errno.EAGAIN, [
    [
      'E_OVERWRITE_ONLY',
      'OVERWRITE_ONLY is answered with one written extent over the whole range, or one UNWRITTEN and block-aligned, or with EAGAIN',
      overwriteOnly,
    ],
  ]),
  ...rulesOf<Answered>('protocol.md 4.3 (swapon)', Errno.EINVAL, [
    [
      'E_SWAP_TYPE',
      'a swap file is MAPPED or UNWRITTEN everywhere',
      (a) => (isSwap(a) && !hasPlace(a.read) ? wireTypes.print(a.read.type) : undefined),
    ],
    [
      'E_SWAP_FLAGS',
      'a swap file is neither SHARED nor DIRTY',
      (a) =>
        isSwap(a) && has(a.read.flags, MapFlag.SHARED | MapFlag.DIRTY)
          ? mapFlags.print(a.read.flags & (MapFlag.SHARED | MapFlag.DIRTY))
          : undefined,
    ],
  ]),
  ...rulesOf<Answered>('protocol.md 4.3 (unshare)', 0, [
    [
      'W_UNSHARE',
      'to unshare, a SHARED read mapping comes with a write mapping of its own that is SHARED: nothing else is copied',
      ({ operation, read, write }) =>
        has(operation.opflags, OpFlag.UNSHARE) &&
        read.type === MAPPED &&
        isShared(read) &&
        (write.type === PURE_OVERWRITE || !has(write.flags, MapFlag.SHARED))
          ? `${wireTypes.print(write.type)} ${mapFlags.print(write.flags)}`.trim()
          : undefined,
    ],
  ]),
  ...rulesOf<Answered>('protocol.md 2.2', 0, [
    [
      'W_SHARED_IN_PLACE',
      'SHARED storage is not written in place: the other file would change',
      (a) =>
        has(a.operation.opflags, OpFlag.WRITE | OpFlag.WRITEBACK) &&
        !has(a.operation.opflags, OpFlag.UNSHARE) &&
        isShared(a.read) &&
        !has(target(a).flags, MapFlag.ANON_WRITE) &&
        isSamePlace(a.read, target(a))
          ? `device ${a.read.dev} at 0x${a.read.addr.toString(16)}`
          : undefined,
    ],
    ['W_NEW_READ', 'NEW answers only what may allocate: a read of NEW storage gives zeroes', (a) => strayOnRead(a, MapFlag.NEW)],
    ['W_ANON_READ', 'ANON_WRITE answers only a write', (a) => strayOnRead(a, MapFlag.ANON_WRITE)],
  ]),
];

function strayOnRead({ operation, read }: Answered, mask: number): string | undefined {
  return !isWriteLike(operation.opflags) && has(read.flags, mask) ? mapFlags.print(read.flags & mask) : undefined;
}

function overwriteOnly(a: Answered): string | undefined {
  const { opflags, pos, count } = a.operation,
    m = target(a),
    block = blockOf(a.file);
  if (!has(opflags, OpFlag.OVERWRITE_ONLY) || !has(opflags, OpFlag.WRITE)) return undefined;
  const isAligned = (pos | count) % block === 0n,
    isAllowed = m.type === MAPPED || (m.type === UNWRITTEN && isAligned && !has(opflags, OpFlag.DAX));
  const isInPlace = a.write.type === PURE_OVERWRITE || isSamePlace(a.read, a.write);
  if (isAllowed && isInPlace && pos + count <= end(m)) return undefined;
  return `${wireTypes.print(m.type)} ${sayRange(m)} for ${pos} +${count}`;
}
