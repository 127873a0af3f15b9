import { existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { gunzipSync } from 'node:zlib';
import { capabilities, isInitialUserNamespace, kernelOption, parseLockdown, parsePrivilege } from '@mapscope/shared/wire';

/** Where this process stands: what it may do, and what would keep it from more. Everything a probe needs to explain what is missing. */
export interface Standing {
  readonly uid: number;
  /** `6.18.44`. */
  readonly kernel: string;
  /** Whether a capability is effective: `can('SYS_ADMIN')`. */
  readonly can: (capability: Parameters<(typeof capabilities)['mask']>[0]) => boolean;
  /** Whether root would have it here, as far as is known: what a container was not given, nobody in it has. */
  readonly rootCan: Standing['can'];
  /** `docker`, `podman`, … or `container`; undefined: none was noticed. */
  readonly container: string | undefined;
  /** A seccomp filter decides which system calls there are. */
  readonly isFiltered: boolean;
  /** Root here is not root of the machine. */
  readonly isRemapped: boolean;
  /** `integrity`, `confidentiality`, or `none`; undefined: this kernel has no lockdown, or does not say. */
  readonly lockdown: string | undefined;
  /** `y`, `m`, `n` of a kernel option, without CONFIG_; undefined: it is not known. */
  readonly option: (name: string) => string | undefined;
}

/** As it is now. Reads /proc, /sys and the kernel's configuration; nothing is tried. */
export function standing(): Standing {
  const privilege = parsePrivilege(read('/proc/self/status')),
    bits = new Map(capabilities.bits.map(([name, bit]) => [name, BigInt(bit)])),
    isIn =
      (set: bigint | undefined): Standing['can'] =>
      (capability) =>
        (((set ?? 0n) >> bits.get(capability)!) & 1n) === 1n,
    uidMap = read('/proc/self/uid_map');
  let config: string | undefined;
  return {
    uid: process.getuid?.() ?? -1,
    kernel: release(),
    can: isIn(privilege?.effective),
    rootCan: isIn(privilege?.bounding),
    container: container(),
    isFiltered: privilege?.isFiltered ?? false,
    isRemapped: uidMap !== '' && !isInitialUserNamespace(uidMap),
    lockdown: parseLockdown(read('/sys/kernel/security/lockdown')),
    option: (name) => kernelOption((config ??= readConfig()), name),
  };
}

/** Empty: it is not there, or not ours to read. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function readConfig(): string {
  try {
    return gunzipSync(readFileSync('/proc/config.gz')).toString();
  } catch {
    return read(`/boot/config-${release()}`);
  }
}

/** By the marks that engines leave. Fact: /.dockerenv (Docker), /run/.containerenv (Podman), container= of process 1 (systemd's CONTAINER_INTERFACE). */
function container(): string | undefined {
  if (existsSync('/.dockerenv')) return 'docker';
  if (existsSync('/run/.containerenv')) return 'podman';
  const named = /(?:^|\0)container=([^\0]+)/.exec(read('/proc/1/environ'))?.[1];
  return named ?? (/\/(?:docker|containerd|kubepods|lxc|libpod)\b/.test(read('/proc/1/cgroup')) ? 'container' : undefined);
}
