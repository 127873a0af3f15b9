import { closeSync, fstatSync, statfsSync } from 'node:fs';
import { isFuse } from '@mapscope/fuse';
import { FileIdentities, type FileIdentity, mountOf, openToAsk, refused } from '../host/index.ts';

/** An open regular file that is verified. */
export interface Subject {
  readonly file: string;
  readonly fd: number;
  readonly identity: FileIdentity;
  /** Bytes of a block of its filesystem. */
  readonly block: bigint;
}

/** Whether a file lies on a FUSE mount: the kernel has no map of it, and its server may let whoever opens it wait. */
export async function isOnFuse(file: string): Promise<boolean> {
  const mount = await mountOf(file);
  return mount !== undefined && isFuse(mount);
}

/** Opens `file` for as long as `use` takes. Throws `Refused`: E_FUSE, E_FILE, and what `FileIdentities` refuses. */
export async function withSubject<T>(file: string, use: (subject: Subject) => Promise<T>): Promise<T> {
  if (await isOnFuse(file))
    throw refused(
      'E_FUSE',
      `${file} lies on a FUSE mount, of whose files the kernel has no map to compare with`,
      'Name a file on ext4, XFS or btrfs',
    );
  const fd = openToAsk(file);
  try {
    if (!fstatSync(fd).isFile()) throw refused('E_FILE', `${file} is not a regular file`, 'Name a file.');
    return await use({ file, fd, identity: new FileIdentities().of(fd, file), block: BigInt(statfsSync(file).bsize) });
  } finally {
    closeSync(fd);
  }
}
