import type { realpathSync, statSync } from 'node:fs';
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
  const [code, dev, ino, size] = (await saidOf(file)).split(' ') as [string, string, string, string];
  // It need not be found by that: who asks opens it as it was named.
  if (code === 'file') return { dev: BigInt(dev), ino: BigInt(ino), size: BigInt(size) };
  throw refusalOf(file, code);
}

/**
 * Where a file or a folder really is, without links. On a FUSE mount another process asks. Throws as `lookAt`, and E_OTHER_NAMESPACE where the path leads through a link of
 * /proc to what has another name here, or none.
 */
export async function realPathOf(path: string): Promise<string> {
  const said = await saidOf(path),
    [kind] = said.split(' ', 1),
    real = said.split(' ').slice(4).join(' ');
  if (kind !== 'file' && kind !== 'folder') throw refusalOf(path, kind);
  if (real === '')
    throw refused(
      'E_OTHER_NAMESPACE',
      `${path} has no name that this process could follow: it is reached through the root or a descriptor of a process`,
      'Run mapscope in the mount namespace where the file is: nsenter -t PID -m',
    );
  return real;
}

async function saidOf(file: string): Promise<string> {
  const mount = await mountOf(file);
  const said =
    mount && isFuse(mount) ? await apart(`process.stdout.write((${look.toString()})(process.argv[1]))`, [file], WAIT_MS) : look(file);
  if (said === undefined)
    throw refused(
      'E_TIMEOUT',
      `${file} could not be looked at within ${WAIT_MS / 1000} s: what serves ${mount!.path} does not answer`,
      '`mapscope status` shows what runs',
    );
  return said;
}

/**
 * `file DEV INO SIZE PATH`, the same of a `folder`, `other`, or an errno's name; the path is without links, and empty where without them it leads elsewhere: those of /proc
 * lead where their text does not. Complete in itself: its text runs in another process.
 */
function look(file: string): string {
  const fs: { statSync: typeof statSync; realpathSync: typeof realpathSync } = process.getBuiltinModule('fs');
  try {
    const found = fs.statSync(file, { bigint: true });
    const kind = found.isFile() ? 'file' : found.isDirectory() ? 'folder' : undefined;
    if (kind === undefined) return 'other';
    let real = '';
    try {
      const path = fs.realpathSync(file),
        there = fs.statSync(path, { bigint: true });
      if (there.dev === found.dev && there.ino === found.ino) real = path;
    } catch {
      // What its text says is not there.
    }
    return [kind, found.dev, found.ino, found.size, real].join(' ');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

function refusalOf(file: string, code: string | undefined): Refused {
  switch (code) {
    case 'other':
    case 'folder':
      return refused('E_FILE', `${file} is not a regular file`, 'Name a file');
    case 'ENOENT':
      // What stands for bytes that are no UTF-8: words of the command line come decoded.
      if (file.includes('\uFFFD'))
        return refused(
          'E_FILE',
          `${file} does not exist, or its name is not UTF-8 and cannot be given as a word`,
          'To watch it name its folder; to see it: mapscope show /dev/stdin < FILE',
        );
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
