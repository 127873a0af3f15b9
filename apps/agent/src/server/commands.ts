import { Socket } from 'node:net';

/** More would only wait: whoever asks so often is not served better by all of it. */
const MAX_WAITING = 64 << 10;

export interface Collector {
  /** These files are to be looked at again. */
  refresh(inodes: Iterable<number>): void;
  /** What these threads do is nobody's work. */
  ignore(threads: readonly number[]): void;
}

/** Asks the collector, by the descriptor it reads. It obeys a closed list, and knows inodes only by the session's word. */
export function collectorAt(fd: number): Collector {
  const pipe = new Socket({ fd, readable: false, writable: true });
  // It ends when the collector does, which is told elsewhere.
  pipe.on('error', () => undefined);
  const ask = (what: object): void => {
    if (pipe.writable && pipe.writableLength < MAX_WAITING) pipe.write(`${JSON.stringify(what)}\n`);
  };
  return {
    refresh: (inodes) => {
      for (const inode of inodes) ask({ ask: 'refresh', inode });
    },
    ignore: (threads) => ask({ ask: 'ignore', threads }),
  };
}
