import { coverageRules, daxdevRules, fileTypeRules, interleavedRules, afterRules, stripRules } from './fmap-rules.ts';
import { direntRules } from './kind-dirents.ts';
import { replyRules } from './kind-framing.ts';
import { allAnswerRules } from './rules-answer.ts';
import { allEndRules } from './rules-end.ts';
import { flagRules, mappingRules } from './rules-mapping.ts';
import { atomicRules, coverRules, deviceRules, operationRules } from './rules-operation.ts';
import type { Rule } from './violation.ts';

/** What a decoder refuses (level `decode`), with one sentence. */
export const flawCodes: readonly (readonly [code: string, meaning: string])[] = [
  ['E_SHORT', 'the bytes end before what they should hold'],
  ['E_SIZE', 'a struct, or a reply of fixed size, has not exactly its size'],
  ['E_LEN', 'len of the header is not the number of bytes; in a stream: shorter than any header'],
  ['E_TOO_BIG', 'an fmap above 32,768 bytes; in a stream: a len above 16 MiB'],
  ['E_NAME', 'a name is empty, or without its NUL'],
  ['E_VERSION', 'fmap_version is not 1'],
  ['E_EXT_TYPE', 'ext_type is neither 0 nor 1'],
  ['E_NEXTENTS', 'nextents is not 1 to 32'],
  ['E_NSTRIPS', 'ie_nstrips is not 1 to 32'],
  ['E_ENDIAN', 'a stream of a machine of the other byte order'],
];

/** What is accepted and told. */
export const warningCodes: readonly (readonly [code: string, meaning: string])[] = [
  ['W_RESERVED', 'room that must be zero is not'],
  ['W_CHUNK_PMD', 'ie_chunk_size is no multiple of 2 MiB: a kernel refuses'],
  ['W_EXT_PMD', 'se_offset or se_len is no multiple of 2 MiB: a kernel refuses'],
  ['W_DEVINDEX', 'a device index above 0: kernels so far refuse'],
  ['W_TRAILING', 'bytes behind the end'],
];

/** Every rule (level `rule`), in the order in which it is looked at. */
export const ruleTables: readonly (readonly [of: string, rules: readonly Rule<never>[]])[] = [
  ['a reply as the kernel takes it', replyRules],
  ['a mapping of IOMAP_BEGIN’s reply', mappingRules],
  ['both mappings, and the operation', [...coverRules, ...atomicRules, ...deviceRules, ...operationRules]],
  ['flags that cannot be so', flagRules],
  ['IOMAP_END', allEndRules],
  ['an fmap', [...fileTypeRules, ...interleavedRules, ...stripRules, ...afterRules, ...coverageRules]],
  ['a daxdev_out', daxdevRules],
  ['records of a directory', direntRules],
  ['a request and its answer', allAnswerRules],
];
