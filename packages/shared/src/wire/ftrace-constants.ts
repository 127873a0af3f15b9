import type { Constants } from './ftrace-expression.ts';

/*
 * Enumerations that `print fmt` lines name without a value, so that whoever has the text alone cannot know it. Only those that are the same in all
 * kernels: bits of an inode's state are not. Facts: recordings/dax-README.md for faults; uapi linux/ioprio.h.
 */
const bits = (prefix: string, from: number, names: string): (readonly [string, bigint])[] =>
  names.split(' ').flatMap((name, i) => (name === '-' ? [] : [[`${prefix}${name}`, 1n << BigInt(from + i)] as const]));

export const kernelConstants: Constants = new Map([
  ...bits('FAULT_FLAG_', 0, 'WRITE MKWRITE ALLOW_RETRY RETRY_NOWAIT KILLABLE TRIED USER REMOTE INSTRUCTION INTERRUPTIBLE'),
  ...bits('VM_FAULT_', 0, 'OOM SIGBUS MAJOR WRITE HWPOISON - SIGSEGV - NOPAGE LOCKED RETRY FALLBACK DONE_COW NEEDDSYNC'),
  ...['NONE', 'RT', 'BE', 'IDLE'].map((name, i) => [`IOPRIO_CLASS_${name}`, BigInt(i)] as const),
  ['IOPRIO_CLASS_INVALID', 7n],
]);
