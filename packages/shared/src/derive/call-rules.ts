import { bigintOf, type FtraceFormat } from '../wire/index.ts';
import type { Handle, Rule, Scene } from './rule.ts';

/**
 * Calls by which FUSE servers take requests and answer them: the fields that say from and to which descriptor. Tried on 6.18: libfuse 3.14 by read and writev, our own
 * binding the same. libfuse can splice as well; in no trial did it.
 */
const calls: readonly { readonly name: string; readonly from?: string; readonly to?: string }[] = [
  { name: 'read', from: 'fd' },
  { name: 'readv', from: 'fd' },
  { name: 'splice', from: 'fd_in', to: 'fd_out' },
  { name: 'write', to: 'fd' },
  { name: 'writev', to: 'fd' },
];

/** System calls of the threads of FUSE servers (`CONFIG_FTRACE_SYSCALLS`): when they take a request, and when they begin to answer. */
export const callRules: readonly Rule[] = calls.flatMap(({ name, from, to }) => [
  { system: 'syscalls', event: `sys_enter_${name}`, use: (format: FtraceFormat, scene: Scene) => entered(format, scene, from, to) },
  { system: 'syscalls', event: `sys_exit_${name}`, use: (format: FtraceFormat, scene: Scene) => left(format, scene, from !== undefined) },
]);

function entered(format: FtraceFormat, { servers }: Scene, from?: string, to?: string): Handle | undefined {
  const reads = from === undefined ? () => -1n : bigintOf(format, from),
    writes = to === undefined ? () => -1n : bigintOf(format, to);
  if (!reads || !writes) return undefined;
  return (view, at, _, { pid, time }) => servers.enter(pid, time, descriptor(reads(view, at)), descriptor(writes(view, at)));
}

function left(format: FtraceFormat, { servers }: Scene, reads: boolean): Handle | undefined {
  const result = bigintOf(format, 'ret');
  if (!result) return undefined;
  return (view, at, _, { pid, time }) => servers.exit(pid, time, reads ? BigInt.asIntN(64, result(view, at)) : 0n);
}

/** The kernel stores the whole register; of that an int counts. */
const descriptor = (register: bigint): number => Number(BigInt.asIntN(32, register));
