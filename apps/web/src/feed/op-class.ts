import { OpType } from '@mapscope/shared/trace';
import { OpFlag, Opcode } from '@mapscope/shared/wire';

export type OpClass = 'read' | 'write' | 'other' | 'writeback';

/** The op flags of an op: what `flags` of a request or of a change says is something else. */
export const opFlagsOf = (type: number, flags: number): number => (type === OpType.request || type === OpType.change ? 0 : flags);

/** It gave a program persistent memory to write to, whose stores go there without the kernel. Facts: live-facts 24. */
export const isStoreToMemory = (type: number, flags: number): boolean =>
  type === OpType.fault && (flags & OpFlag.DAX) !== 0 && (flags & OpFlag.WRITE) !== 0;

/** How an op counts, and which colour its bracket has. */
export function classOf(type: number, flags: number): OpClass {
  if (type === OpType.writeback) return 'writeback';
  if (type === OpType.change) return 'other';
  if (type === OpType.request) return flags === Opcode.READ ? 'read' : flags === Opcode.WRITE ? 'write' : 'other';
  if ((flags & OpFlag.WRITEBACK) !== 0) return 'writeback';
  if ((flags & (OpFlag.ZERO | OpFlag.REPORT)) !== 0) return 'other';
  return (flags & (OpFlag.WRITE | OpFlag.UNSHARE)) !== 0 ? 'write' : 'read';
}
