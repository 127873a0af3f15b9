import { closeSync } from 'node:fs';

import { receive, reply } from '@mapscope/native';
import { Errno } from '@mapscope/shared/wire';

/**
 * Where requests come from and replies go: whole messages, one a call, raw bytes. Answers are those of the kernel: >= 0 or a negative errno
 * (spec/protocol.md 1.1). `-EAGAIN`: nothing there, poll `fd`; `-ENODEV`: unmounted or closed, leave the loop.
 */
export interface Channel {
  /** Readable (POLLIN) while a request waits. */
  readonly fd: number;
  /** One request into `into`; its length. `into` must have max(8192, 80 + max_write) bytes or more. */
  receive(into: Uint8Array): number;
  /** One reply or notification: `struct fuse_out_header`, then the body. The bytes written. */
  reply(head: Uint8Array, body?: Uint8Array): number;
  /** Gives the connection up; the kernel then fails what still waits. Twice is once. */
  close(): void;
}

/** The kernel's connection behind `fd`, or one end of a seqpacket pair that speaks like it. The channel owns the descriptor. */
export function fuseChannel(fd: number): Channel {
  let isOpen = true;
  return {
    fd,
    // A closed number may belong to another file already, so it is never used again.
    receive: (into) => (isOpen ? receive(fd, into) : -Errno.ENODEV),
    reply: (head, body) => (isOpen ? reply(fd, head, body) : -Errno.ENODEV),
    close() {
      if (!isOpen) return;
      isOpen = false;
      closeSync(fd);
    },
  };
}
