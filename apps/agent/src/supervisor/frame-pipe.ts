import { closeSync } from 'node:fs';
import { pipe } from '@mapscope/native';
import { refused } from '../host/index.ts';

/** A pipe between two children: the supervisor makes it, hands each its end, and keeps none. */
export interface FramePipe {
  readonly reader: number;
  readonly writer: number;
  /** To be called once both children have theirs: an end left open here would hide that a child is gone. */
  close(): void;
}

/** What the kernel itself keeps of a pipe; a plain user may have up to `fs/pipe-max-size`, 1 MiB. */
const KERNEL_BYTES = 1 << 20;

export function openFramePipe(): FramePipe {
  let ends = pipe(KERNEL_BYTES);
  // Many pipes of one user meet a limit (pipe-user-pages-soft): a small one works as well.
  if (typeof ends === 'number') ends = pipe();
  if (typeof ends === 'number') throw refused('E_PIPE', `no pipe could be made (errno ${-ends})`, 'Allow more open files: ulimit -n');
  const [reader, writer] = ends;
  return {
    reader,
    writer,
    close: () => {
      closeSync(reader);
      closeSync(writer);
    },
  };
}
