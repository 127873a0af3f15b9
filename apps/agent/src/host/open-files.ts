import { readFileSync } from 'node:fs';
import { refused } from './refused.ts';

/** What a run has open at most while nobody looks at its page, and some more: 64 files that are asked about at once, the buffers of each CPU, pipes, programs. */
const LEAST = 256;

/** Throws `Refused` E_LIMIT where a process may have fewer files open than a run needs. Fact: Node raises its own limit to the hard one when it starts. */
export function needOpenFiles(): void {
  const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  if (limit !== undefined && Number(limit) < LEAST)
    throw refused(
      'E_LIMIT',
      `a process may have only ${limit} files open here, and ${LEAST} are needed`,
      `Allow more: ulimit -n ${LEAST * 4}`,
    );
}
