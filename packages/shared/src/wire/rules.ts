import { atomicRules, coverRules, deviceRules, type Operation, operationRules } from './rules-operation.ts';
import { flagRules, type MappedFile, mappingRules } from './rules-mapping.ts';
import type { WireMapping } from './mapping.ts';
import { addBroken, type Violation } from './violation.ts';

/** Both mappings are always there; `pureOverwrite` is what a write mapping that was left out stands for. */
export interface BeginReply {
  readonly read: WireMapping;
  readonly write: WireMapping;
}

/**
 * What is wrong with an `iomap_begin` reply, in the order a kernel would find it: read mapping, write mapping, cover, atomic, devices;
 * then what its operation needs, and what nobody refuses (`errno` 0). Empty is legal. Without an operation only the mappings themselves
 * are judged. Fact: spec/protocol.md 4.1 and 4.3.
 */
export function checkReply(operation: Operation | undefined, reply: BeginReply, file: MappedFile): Violation[] {
  const out: Violation[] = [],
    read = { m: reply.read, isRead: true, file },
    write = { m: reply.write, isRead: false, file };
  addBroken(out, mappingRules, read, 'read');
  addBroken(out, mappingRules, write, 'write');
  if (operation) {
    const answered = { operation, read: read.m, write: write.m, file },
      readAt = { ...read, operation },
      writeAt = { ...write, operation };
    addBroken(out, coverRules, readAt, 'read');
    addBroken(out, coverRules, writeAt, 'write');
    addBroken(out, atomicRules, answered, 'write');
    addBroken(out, deviceRules, readAt, 'read');
    addBroken(out, deviceRules, writeAt, 'write');
    addBroken(out, operationRules, answered, 'reply');
  }
  addBroken(out, flagRules, read, 'read');
  addBroken(out, flagRules, write, 'write');
  return out;
}

/** Codes of `checkReply` that nothing was known to judge by. */
export const uncheckedCodes = (operation: Operation | undefined, file: MappedFile): readonly string[] => [
  ...(file.blockSize === undefined ? ['E_ALIGN'] : []),
  ...(operation ? [] : [...coverRules, ...atomicRules, ...operationRules].map(({ code }) => code)),
  ...(operation && file.device ? [] : deviceRules.map(({ code }) => code)),
];
