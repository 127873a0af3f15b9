import { bitSet } from './bit-set.ts';

/** Capabilities, by the names of the header without prefix. Fact: include/uapi/linux/capability.h. */
export const capabilities = bitSet([
  ['CHOWN', 0, 'change the owner of files'],
  ['DAC_OVERRIDE', 1, 'pass over permissions of files'],
  ['DAC_READ_SEARCH', 2, 'read any file, open by handle'],
  ['FOWNER', 3, 'act as owner of any file'],
  ['FSETID', 4, 'keep set-id bits'],
  ['KILL', 5, 'signal any process'],
  ['SETGID', 6, 'change groups'],
  ['SETUID', 7, 'change users'],
  ['SETPCAP', 8, 'hand on capabilities'],
  ['LINUX_IMMUTABLE', 9, 'change immutable files'],
  ['NET_BIND_SERVICE', 10, 'low ports'],
  ['NET_BROADCAST', 11, 'broadcast'],
  ['NET_ADMIN', 12, 'administer the network'],
  ['NET_RAW', 13, 'raw sockets'],
  ['IPC_LOCK', 14, 'lock memory'],
  ['IPC_OWNER', 15, 'pass over permissions of IPC'],
  ['SYS_MODULE', 16, 'load modules'],
  ['SYS_RAWIO', 17, 'raw I/O'],
  ['SYS_CHROOT', 18, 'change the root folder'],
  ['SYS_PTRACE', 19, 'trace any process'],
  ['SYS_PACCT', 20, 'process accounting'],
  ['SYS_ADMIN', 21, 'mount, and much else'],
  ['SYS_BOOT', 22, 'reboot'],
  ['SYS_NICE', 23, 'raise priorities'],
  ['SYS_RESOURCE', 24, 'pass over limits'],
  ['SYS_TIME', 25, 'set clocks'],
  ['SYS_TTY_CONFIG', 26, 'configure terminals'],
  ['MKNOD', 27, 'make device nodes'],
  ['LEASE', 28, 'leases on files'],
  ['AUDIT_WRITE', 29, 'write to the audit log'],
  ['AUDIT_CONTROL', 30, 'configure the audit log'],
  ['SETFCAP', 31, 'give files capabilities'],
  ['MAC_OVERRIDE', 32, 'pass over mandatory access control'],
  ['MAC_ADMIN', 33, 'configure mandatory access control'],
  ['SYSLOG', 34, 'read kernel messages and addresses'],
  ['WAKE_ALARM', 35, 'wake the system'],
  ['BLOCK_SUSPEND', 36, 'keep the system awake'],
  ['AUDIT_READ', 37, 'read the audit log'],
  ['PERFMON', 38, 'watch performance'],
  ['BPF', 39, 'load BPF programs'],
  ['CHECKPOINT_RESTORE', 40, 'checkpoint and restore processes'],
]);

/** What `/proc/self/status` says of privilege. Fact: proc_pid_status(5). */
export interface Privilege {
  /** Effective ones, `capabilities`. */
  readonly effective: bigint;
  /** Those that no process from here on can have more of: root's, in a container. 0 where it is not said. */
  readonly bounding: bigint;
  /** A seccomp filter decides which system calls there are. */
  readonly isFiltered: boolean;
}

/** undefined: it is no such text. */
export function parsePrivilege(status: string): Privilege | undefined {
  const set = (name: string): bigint | undefined => {
    const bits = new RegExp(`^${name}:\\s*([0-9a-f]{1,16})$`, 'm').exec(status)?.[1];
    return bits === undefined ? undefined : BigInt(`0x${bits}`);
  };
  const effective = set('CapEff'),
    seccomp = /^Seccomp:\s*(\d)$/m.exec(status)?.[1];
  return effective === undefined ? undefined : { effective, bounding: set('CapBnd') ?? 0n, isFiltered: seccomp === '2' };
}

/** The chosen level of `/sys/kernel/security/lockdown`: `none [integrity] confidentiality`. Fact: kernel_lockdown(7). */
export const parseLockdown = (text: string): string | undefined => /\[(\w+)\]/.exec(text)?.[1];

/** `y`, `m` or another value of an option in the text of a kernel's configuration; `n` when it says that it is not set; undefined when it says nothing. */
export function kernelOption(config: string, name: string): string | undefined {
  const found = new RegExp(`^(?:CONFIG_${name}=(.*)|# CONFIG_${name} is not set)$`, 'm').exec(config);
  return found ? (found[1] ?? 'n') : undefined;
}

/** Whether a user namespace is that of the machine, where every id is itself. Fact: user_namespaces(7). */
export const isInitialUserNamespace = (uidMap: string): boolean => /^\s*0\s+0\s+4294967295\s*$/.test(uidMap);
