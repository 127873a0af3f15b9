import { closeSync, fstatSync, statfsSync } from 'node:fs';
import { FileIdentities, type FileIdentity, openToAsk, refused } from '../host/index.ts';

/** An open regular file that is verified. */
export interface Subject {
  readonly file: string;
  readonly fd: number;
  readonly identity: FileIdentity;
  /** Bytes of a block of its filesystem. */
  readonly block: bigint;
}

/** Opens `file` for as long as `use` takes. Throws `Refused`: E_FILE, and what `FileIdentities` refuses. */
export async function withSubject<T>(file: string, use: (subject: Subject) => Promise<T>): Promise<T> {
  const fd = openToAsk(file);
  try {
    if (!fstatSync(fd).isFile()) throw refused('E_FILE', `${file} is not a regular file`, 'Name a file.');
    return await use({ file, fd, identity: new FileIdentities().of(fd, file), block: BigInt(statfsSync(file).bsize) });
  } finally {
    closeSync(fd);
  }
}
