import type { Constants } from './ftrace-expression.ts';
import { VmFault } from './kernel-bits.ts';

/*
 * Enumerations that `print fmt` lines name without a value, so that whoever has the text alone cannot know it. Only those that are the same in all
 * kernels: bits of an inode's state are not. Facts: recordings/dax-README.md for faults; uapi linux/ioprio.h.
 */
const faultFlags = 'WRITE MKWRITE ALLOW_RETRY RETRY_NOWAIT KILLABLE TRIED USER REMOTE INSTRUCTION INTERRUPTIBLE'.split(' ');

export const kernelConstants: Constants = new Map([
  ...faultFlags.map((name, bit) => [`FAULT_FLAG_${name}`, 1n << BigInt(bit)] as const),
  ...Object.entries(VmFault).map(([name, mask]) => [`VM_FAULT_${name}`, BigInt(mask)] as const),
  ...['NONE', 'RT', 'BE', 'IDLE'].map((name, i) => [`IOPRIO_CLASS_${name}`, BigInt(i)] as const),
  ['IOPRIO_CLASS_INVALID', 7n],
]);
