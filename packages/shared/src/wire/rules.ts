import { U64_MAX } from '../units/index.ts';
import { MapFlag, mapTypeName, OpFlag } from './bits-iomap.ts';

/** One side of a reply, as `struct fuse_iomap_io` has it. */
export interface WireMapping {
  readonly offset: bigint;
  readonly length: bigint;
  readonly addr: bigint;
  readonly type: number;
  readonly flags: number;
  readonly dev: number;
}

export interface RuleContext {
  readonly pos: bigint;
  readonly opflags: number;
  readonly blockSize: number;
  readonly maxBytes: bigint;
}

/** A broken rule: `code` as in the vectors, `rule` the sentence, `source` where it stands, `errno` what the application sees. */
export interface Violation {
  readonly code: string;
  readonly side: 'read' | 'write' | 'reply';
  readonly rule: string;
  readonly found: string;
  readonly errno: number;
}

const HOLE = 0,
  DELALLOC = 1,
  MAPPED = 2,
  UNWRITTEN = 3,
  INLINE = 4,
  PURE_OVERWRITE = 255;
const EIO = 5,
  EFSCORRUPTED = 117;
/** A server may set only bits 0 to 7; SIZE_CHANGED and STALE are the kernel's. */
const SERVER_FLAGS = 0xff;
const hex = (n: bigint): string => `0x${n.toString(16)}`;

type Check = readonly [code: string, rule: string, broken: (m: WireMapping, c: RuleContext, side: 'read' | 'write') => string | undefined];

/** In the order of spec/protocol.md 4.1: the first one broken is what the kernel would answer. */
const sideRules: readonly Check[] = [
  [
    'E_TYPE',
    'type is HOLE, DELALLOC, MAPPED, UNWRITTEN, INLINE or PURE_OVERWRITE',
    (m) => (m.type > INLINE && m.type !== PURE_OVERWRITE ? mapTypeName(m.type) : undefined),
  ],
  ['E_FLAGS', 'a server sets only the flag bits 0 to 7', (m) => (m.flags & ~SERVER_FLAGS ? `0x${m.flags.toString(16)}` : undefined)],
  ['E_LEN_ZERO', 'length is more than 0', (m) => (m.length === 0n ? '0' : undefined)],
  [
    'E_ALIGN',
    'offset and length are multiples of the block size, at the end of the file too',
    (m, c) => ((m.offset | m.length) % BigInt(c.blockSize) !== 0n ? `${m.offset} +${m.length}` : undefined),
  ],
  ['E_FILE_OVERFLOW', 'offset + length fits a u64', (m) => (m.offset + m.length > U64_MAX ? hex(m.offset + m.length) : undefined)],
  ['E_MAXBYTES', 'offset is below the largest file size', (m, c) => (m.offset >= c.maxBytes ? `${m.offset}` : undefined)],
  ['E_NEED_DEV', 'MAPPED and UNWRITTEN name a device', (m) => (hasPlace(m) && m.dev === 0 ? '0' : undefined)],
  ['E_NEED_ADDR', 'MAPPED and UNWRITTEN have an address', (m) => (hasPlace(m) && m.addr === U64_MAX ? 'none' : undefined)],
  [
    'E_OVERWRITE_READ',
    'PURE_OVERWRITE stands only in the write mapping',
    (m, _c, side) => (m.type === PURE_OVERWRITE && side === 'read' ? 'read' : undefined),
  ],
  [
    'E_OVERWRITE_STATE',
    'PURE_OVERWRITE carries no flags',
    (m) => (m.type === PURE_OVERWRITE && m.flags !== 0 ? `0x${m.flags.toString(16)}` : undefined),
  ],
  [
    'E_UNWANTED_DEV',
    'HOLE, DELALLOC, INLINE and PURE_OVERWRITE name no device',
    (m) => (!hasPlace(m) && m.dev !== 0 ? `${m.dev}` : undefined),
  ],
  [
    'E_UNWANTED_ADDR',
    'HOLE, DELALLOC, INLINE and PURE_OVERWRITE have no address',
    (m) => (!hasPlace(m) && m.addr !== U64_MAX ? hex(m.addr) : undefined),
  ],
  [
    'E_DEV_OVERFLOW',
    'addr + length fits a u64',
    (m) => (m.addr !== U64_MAX && m.addr + m.length > U64_MAX ? hex(m.addr + m.length) : undefined),
  ],
];

const hasPlace = (m: WireMapping): boolean => m.type === MAPPED || m.type === UNWRITTEN;
const covers = (m: WireMapping, pos: bigint): boolean => m.offset <= pos && pos < m.offset + m.length;

/**
 * What is wrong with an `iomap_begin` reply, in the order a kernel would find it: read mapping, write mapping, cover, then the rules of
 * the operation. Empty is legal. Fact: spec/protocol.md 4.1 and 4.3; fuse-iomap kernel series and Documentation/filesystems/iomap.
 */
export function checkReply(read: WireMapping, write: WireMapping, context: RuleContext): Violation[] {
  const found: Violation[] = [];
  for (const [side, m] of [
    ['read', read],
    ['write', write],
  ] as const)
    for (const [code, rule, broken] of sideRules) {
      const value = broken(m, context, side);
      if (value !== undefined) found.push({ code, side, rule, found: value, errno: EFSCORRUPTED });
    }
  const { pos, opflags } = context;
  for (const [side, m] of [
    ['read', read],
    ['write', write],
  ] as const)
    if (!covers(m, pos))
      found.push({
        code: 'E_NO_COVER',
        side,
        rule: 'both mappings cover pos',
        found: `${m.offset} +${m.length} for pos ${pos}`,
        errno: EFSCORRUPTED,
      });
  const target = write.type === PURE_OVERWRITE ? read : write;
  if (opflags & OpFlag.ATOMIC && !(hasPlace(target) && target.flags & MapFlag.ATOMIC_BIO))
    found.push({
      code: 'E_ATOMIC',
      side: 'write',
      rule: 'an atomic write goes to MAPPED or UNWRITTEN with ATOMIC_BIO',
      found: mapTypeName(target.type),
      errno: EIO,
    });
  if (opflags & OpFlag.WRITEBACK && (target.type === INLINE || target.type === DELALLOC))
    found.push({
      code: 'E_WRITEBACK_TYPE',
      side: 'write',
      rule: 'writeback needs a place: INLINE and DELALLOC are not allowed',
      found: mapTypeName(target.type),
      errno: EIO,
    });
  return found;
}

/** WRITE, ZERO, UNSHARE or WRITEBACK: the operation may change data. */
export const isWriteLike = (opflags: number): boolean => (opflags & (OpFlag.WRITE | OpFlag.ZERO | OpFlag.UNSHARE | OpFlag.WRITEBACK)) !== 0;

/** Storage must be found for this operation: a hole under a write-like operation that is not just zeroing. */
export const needsAllocation = (type: number, opflags: number): boolean =>
  type === HOLE && isWriteLike(opflags) && (opflags & OpFlag.ZERO) === 0;

/** Whether `iomap_end` is sent (spec/protocol.md 4.2). `written` is s64: bytes, or a negative errno. */
export function wantsEnd(opflags: number, mapFlagsNow: number, count: bigint, written: bigint): boolean {
  if (opflags & OpFlag.WRITEBACK && !(mapFlagsNow & MapFlag.WANT_IOMAP_END)) return false;
  if (mapFlagsNow & MapFlag.WANT_IOMAP_END) return true;
  return isWriteLike(opflags) && ((mapFlagsNow & MapFlag.SIZE_CHANGED) !== 0 || written < count);
}
