import type { Result } from './addon.ts';
import { apart } from './apart.ts';
import { checkText } from './check.ts';
import { addonPath } from './load.ts';
import type { UmountHow } from './mounts.ts';

const EIO = 5;
const ETIMEDOUT = 110;

const script = `const [, addon, target, force, detach] = process.argv;
process.stdout.write(String(require(addon).umount(target, force === 'true', detach === 'true')));`;

/**
 * umount2(2) made by a process of its own. An unmount waits until the server has taken every dirty page; a server that waited so inside its own
 * process would hold `/dev/fuse` open even when killed, for ever (spec/live-facts.md 1). Resolves 0 or a negative errno; `-ETIMEDOUT` after
 * `waitMs`; `-EIO` when it could not run.
 */
export async function umountApart(target: string, how: UmountHow = {}, waitMs = 10_000): Promise<Result> {
  checkText('target', target);
  const said = await apart(script, [addonPath(), target, String(how.force === true), String(how.detach === true)], waitMs);
  if (said === undefined) return -ETIMEDOUT;
  return /^-?\d+$/.test(said) ? Number(said) : -EIO;
}
