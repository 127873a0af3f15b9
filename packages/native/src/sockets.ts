import type { Pair, Result } from './addon.ts';
import { checkFd, checkInteger, checkName } from './check.ts';
import { native } from './load.ts';

/** Source: socket(2); `seqpacket` keeps messages apart, as `/dev/fuse` does. */
const socketTypes = { stream: 1, seqpacket: 5 } as const;

/** Two connected Unix sockets, close-on-exec and blocking, or a negative errno. */
export function socketpair(type: keyof typeof socketTypes): Pair | Result {
  checkName('type', type, socketTypes);
  return native().socketpair(socketTypes[type]);
}

/**
 * Both buffers of a socket, in bytes; the kernel doubles the number for its own use. Past the system's limit (`net.core.{w,r}mem_max`) with
 * CAP_NET_ADMIN, up to it without. Answers 0 or a negative errno.
 */
export function setBuffers(fd: number, bytes: number): Result {
  checkFd('fd', fd);
  checkInteger('bytes', bytes, 1, 0x3fff_ffff);
  return native().setBuffers(fd, bytes);
}

/** Sends a descriptor (SCM_RIGHTS) beside one zero byte. Answers 0 or a negative errno. */
export function sendFd(socket: number, fd: number): Result {
  checkFd('socket', socket);
  checkFd('fd', fd);
  return native().sendFd(socket, fd);
}

/** Receives one descriptor, close-on-exec. Answers it or a negative errno: `-ENODATA` when the other end is closed, `-ENOMSG` for a message without a descriptor. */
export function receiveFd(socket: number): Result {
  checkFd('socket', socket);
  return native().receiveFd(socket);
}
