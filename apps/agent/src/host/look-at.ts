import type { statSync } from 'node:fs';
import { isFuse } from '@mapscope/fuse';
import { apart } from '@mapscope/native';
import { mountOf } from './mount-table.ts';
import { type Refused, refused } from './refused.ts';

/** Of a regular file: `st_dev`, inode number, bytes. */
interface Looked {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
}

/** A server that is asked and does not answer holds who asks, even when killed. */
const WAIT_MS = 5000;

/** What stat(2) says of a regular file. On a FUSE mount another process asks. Throws E_FILE, and E_TIMEOUT where nobody answers. */
export async function lookAt(file: string): Promise<Looked> {
  const mount = await mountOf(file);
  const said =
    mount && isFuse(mount) ? await apart(`process.stdout.write((${look.toString()})(process.argv[1]))`, [file], WAIT_MS) : look(file);
  if (said === undefined)
    throw refused(
      'E_TIMEOUT',
      `${file} could not be looked at within ${WAIT_MS / 1000} s: what serves ${mount!.path} does not answer`,
      '`mapscope status` shows what runs',
    );
  const [code, ...numbers] = said.split(' ');
  if (code === 'file') {
    const [dev, ino, size] = numbers.map(BigInt) as [bigint, bigint, bigint];
    return { dev, ino, size };
  }
  throw refusalOf(file, code);
}

/** `file DEV INO SIZE`, `other`, or an errno's name. Complete in itself: its text runs in another process. */
function look(file: string): string {
  const fs: { statSync: typeof statSync } = process.getBuiltinModule('fs');
  try {
    const found = fs.statSync(file, { bigint: true });
    return found.isFile() ? ['file', found.dev, found.ino, found.size].join(' ') : 'other';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

function refusalOf(file: string, code: string | undefined): Refused {
  switch (code) {
    case 'other':
      return refused('E_FILE', `${file} is not a regular file`, 'Name a file');
    case 'ENOENT':
      return refused('E_FILE', `${file} does not exist`, 'Name a file');
    case 'ENOTCONN':
    case 'ECONNABORTED':
      return refused(
        'E_FILE',
        `${file} lies on a FUSE mount whose server has ended`,
        'Remove it: mapscope cleanup, or umount its mount point',
      );
    default:
      return refused('E_FILE', `${file} cannot be looked at: ${code || 'no reason was given'}`, 'Name a file that can be reached');
  }
}
