import type { Standing } from './standing.ts';

/** Why something is not to be had here, and the command or step that helps. */
export interface Hindrance {
  /** A sentence without a full stop. */
  readonly why: string;
  readonly remedy: string;
}

type Capability = Parameters<Standing['can']>[0];

/** What keeps this process from what takes a capability of the machine's own user namespace. undefined: nothing. */
export function lacking(capability: Capability, here: Standing): Hindrance | undefined {
  const { uid, container, isRemapped, can, rootCan } = here,
    name = `CAP_${capability}`;
  if (isRemapped) return { why: 'root of this user namespace is not root of the machine', remedy: 'Run mapscope outside of it, as root.' };
  if (can(capability)) return undefined;
  if (container !== undefined && (uid === 0 || !rootCan(capability)))
    return {
      why: `this ${container === 'container' ? '' : `${container} `}container is without ${name}`,
      remedy:
        container === 'docker' || container === 'podman'
          ? `${container} run --cap-add ${capability}; or run mapscope outside of it.`
          : 'Run mapscope outside of it, as root.',
    };
  return uid === 0
    ? { why: `root was started without ${name}`, remedy: '`capsh --print` says what there is: start it from a login of root.' }
    : { why: `it takes root (${name})`, remedy: 'sudo npx mapscope …' };
}

/** The kernel was built without something: told only where its configuration can be read. `options` without CONFIG_; one of them is enough. */
export function notBuilt(options: readonly string[], here: Standing): Hindrance | undefined {
  if (!options.every((name) => here.option(name) === 'n')) return undefined;
  const names = options.map((name) => `CONFIG_${name}`).join(' or ');
  return {
    why: `this kernel (${here.kernel}) is built without ${names}`,
    remedy: `Boot a kernel with ${names}=y; those of distributions have it.`,
  };
}

/** Lockdown forbids tracefs at its highest level. Fact: LOCKDOWN_TRACEFS, security/security.c. */
export const lockedDown = ({ lockdown }: Standing): Hindrance | undefined =>
  lockdown === 'confidentiality'
    ? {
        why: 'kernel lockdown is at "confidentiality", which forbids tracing',
        remedy: 'Boot with lockdown=integrity, or without Secure Boot.',
      }
    : undefined;
