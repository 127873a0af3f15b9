import { mapFlags, wireTypes } from './bits-iomap.ts';
import { INLINE, type WireMapping } from './mapping.ts';
import type { Operation } from './rules-operation.ts';
import { broken, type Rule, rulesOf, type Violation } from './violation.ts';

/** What `fuse_iomap_end_in` says. */
export interface EndRequest extends Operation {
  /** Bytes from pos, or a negative errno. */
  readonly written: bigint;
  readonly map: WireMapping;
}

/** An errno of the kernel is no larger. Fact: include/linux/err.h, MAX_ERRNO. */
const MAX_ERRNO = 4095n;
/** Bits 8 and 9 are the kernel's own here. Fact: spec/protocol.md 2.2. */
const KERNEL_FLAGS = 0x3ff;

/** Nothing of this is refused: a server has to live with what the kernel says. */
const endRules: readonly Rule<EndRequest>[] = rulesOf('protocol.md 4.2', 0, [
  ['W_WRITTEN', 'written is at most count', ({ written, count }) => (written > count ? `${written} of ${count}` : undefined)],
  [
    'W_WRITTEN_ERRNO',
    'a negative written is an errno, not below -4095',
    ({ written }) => (written < -MAX_ERRNO ? `${written}` : undefined),
  ],
  [
    'W_END_TYPE',
    'the mapping that was used is of a type of its own, also for PURE_OVERWRITE',
    ({ map }) => (map.type > INLINE ? wireTypes.print(map.type) : undefined),
  ],
  [
    'W_END_FLAGS',
    'the kernel sets no flag bit above 9',
    ({ map }) => (map.flags & ~KERNEL_FLAGS ? mapFlags.print(map.flags & ~KERNEL_FLAGS) : undefined),
  ],
  [
    'W_END_RANGE',
    'pos and count lie inside the mapping that was used',
    ({ pos, count, map }) =>
      pos < map.offset || pos + count > map.offset + map.length ? `${pos} +${count} in ${map.offset} +${map.length}` : undefined,
  ],
]);

const pairRules: readonly Rule<{ readonly begin: Operation; readonly end: EndRequest }>[] = rulesOf('protocol.md 4.2', 0, [
  [
    'W_END_PAIR',
    'an end says the pos and the opflags of its begin',
    ({ begin, end }) =>
      end.pos !== begin.pos || end.opflags !== begin.opflags ? `pos ${end.pos} opflags 0x${end.opflags.toString(16)}` : undefined,
  ],
  [
    'W_END_COUNT',
    'count is trimmed to the mapping, never longer than that of its begin',
    ({ begin, end }) => (end.count > begin.count ? `${end.count} of ${begin.count}` : undefined),
  ],
]);

/** What is inconsistent in an `iomap_end` request; with its begin, what does not go with that. Fact: spec/protocol.md 4.2. */
export const checkEnd = (end: EndRequest, begin?: Operation): Violation[] => [
  ...broken(endRules, end, 'end'),
  ...(begin ? broken(pairRules, { begin, end }, 'end') : []),
];

/** For the documentation. */
export const allEndRules: readonly Rule<never>[] = [...endRules, ...pairRules];
