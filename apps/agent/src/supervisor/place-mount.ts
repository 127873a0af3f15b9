import { mkdirSync, readdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { errorCode, mountOf, Refused, refused, type Run, sayError } from '../host/index.ts';

/**
 * The folder to mount on: `wanted`, or a new temporary one that ends with the run. Throws E_MOUNT_MISSING or E_MOUNT_BUSY.
 * The mount table is asked before the path is: a mount whose server does not answer would keep us waiting.
 */
export async function placeMount(wanted: string | undefined, run: Run, tmp: string): Promise<string> {
  if (wanted === undefined) {
    const path = join(realpathSync(tmp), `mapscope-${run.id}`);
    run.note({ temp: [...run.record().temp, path] });
    mkdirSync(path, { mode: 0o755 });
    return path;
  }
  const asked = resolve(wanted);
  await refuseMounted(asked);
  try {
    // By its parent first: the folder itself may be a mount point behind a link.
    const byParent = join(realpathSync(dirname(asked)), basename(asked));
    await refuseMounted(byParent);
    const path = realpathSync(byParent);
    await refuseMounted(path);
    if (readdirSync(path).length > 0)
      throw refused(
        'E_MOUNT_BUSY',
        `${path} is not empty, and a mount would hide what is in it`,
        'Choose an empty folder, or leave --mount out',
      );
    return path;
  } catch (error) {
    if (error instanceof Refused) throw error;
    const code = errorCode(error);
    if (code === 'ENOENT') throw refused('E_MOUNT_MISSING', `the mount point ${asked} does not exist`, `Make it: mkdir -p ${asked}`, error);
    const why = code === 'ENOTDIR' ? 'it is not a folder' : sayError(error);
    throw refused('E_MOUNT_MISSING', `the mount point ${asked} cannot be used: ${why}`, 'Choose an empty folder of your own', error);
  }
}

async function refuseMounted(path: string): Promise<void> {
  const mount = await mountOf(path);
  if (mount?.path === path && path !== '/')
    throw refused(
      'E_MOUNT_BUSY',
      `${path} is a mount point already (${mount.type}, ${mount.source})`,
      'Choose an empty folder, or unmount it first',
    );
  if (mount?.source.startsWith('mapscope-'))
    throw refused('E_MOUNT_BUSY', `${path} lies on a mount of mapscope (${mount.path})`, 'Choose a folder outside of it');
}
