import { closeSync } from 'node:fs';

import { eventfd, read, write } from '@mapscope/native';
import { isFlaw } from '@mapscope/shared/units';
import { Errno, inHeader, outHeader } from '@mapscope/shared/wire';

import type { Channel } from './channel.ts';

/** The kernel's end of a memory channel: what a test holds. */
export interface MemoryKernel {
  /** Queues one raw request. It waits for its reply, unless the kernel expects none (FORGET, BATCH_FORGET, INTERRUPT). */
  push(request: Uint8Array): void;
  /** The oldest reply or notification not taken yet, raw. */
  take(): Uint8Array | undefined;
  /** As `take`, as soon as there is one; rejects after `waitMs`. */
  next(waitMs?: number): Promise<Uint8Array>;
  /** Uniques of requests without a reply. */
  readonly pending: ReadonlySet<bigint>;
  /** As an unmount: what is queued is gone, `receive` and `reply` answer -ENODEV from now on. */
  end(): void;
}

const FORGET = 2;
const INTERRUPT = 36;
const BATCH_FORGET = 42;
/** A read with less room is refused by the kernel. Fact: FUSE_MIN_READ_BUFFER, uapi `linux/fuse.h`. */
const LEAST_ROOM = 8192;

/**
 * A channel without a mount, as strict as the kernel about what is written to it (spec/protocol.md 1.1, the table of bad replies), except that
 * it does not know the sizes of bodies. `fd` is an eventfd: readable while a request waits, so that a session can really poll.
 */
export function memoryChannel(): { readonly channel: Channel; readonly kernel: MemoryKernel } {
  const queue: Uint8Array[] = [];
  const replies: Uint8Array[] = [];
  const pending = new Set<bigint>();
  const interrupts = new Set<bigint>();
  const waiting: ((reply: Uint8Array) => void)[] = [];
  const fd = open();
  let state: 'open' | 'ended' | 'closed' = 'open';

  const deliver = (reply: Uint8Array): void => {
    const first = waiting.shift();
    if (first) first(reply);
    else replies.push(reply);
  };
  const ring = (): void => void write(fd, new Uint8Array(BigUint64Array.of(1n).buffer));
  const silence = (): void => void read(fd, new Uint8Array(8));

  const receive = (into: Uint8Array): number => {
    if (state !== 'open') return -Errno.ENODEV;
    if (into.length < LEAST_ROOM) return -Errno.EINVAL;
    for (;;) {
      const request = queue.shift();
      if (queue.length === 0) silence();
      if (!request) return -Errno.EAGAIN;
      if (request.length <= into.length) {
        into.set(request);
        return request.length;
      }
      // The kernel fails what is too large towards its caller and goes on to the next.
      const { unique } = headOf(request);
      if (pending.delete(unique)) deliver(outHeader.encode({ len: outHeader.size, error: -Errno.EIO, unique }));
    }
  };

  const reply = (head: Uint8Array, body: Uint8Array = new Uint8Array(0)): number => {
    if (state !== 'open') return -Errno.ENODEV;
    const whole = new Uint8Array(head.length + body.length);
    whole.set(head);
    whole.set(body, head.length);
    const out = outHeader.read(whole);
    if (isFlaw(out) || out.len !== whole.length) return -Errno.EINVAL;
    if (out.unique === 0n) {
      if (out.error <= 0) return -Errno.EINVAL;
      deliver(whole);
      return whole.length;
    }
    if (out.error <= -512 || out.error > 0) return -Errno.EINVAL;
    // An interrupt may be answered only to say "not seen yet" or "never understood".
    if (interrupts.has(out.unique) && out.error !== -Errno.EAGAIN && out.error !== -Errno.ENOSYS) return -Errno.EINVAL;
    if (!interrupts.delete(out.unique) && !pending.delete(out.unique)) return -Errno.ENOENT;
    if (out.error !== 0 && whole.length > outHeader.size) {
      deliver(outHeader.encode({ len: outHeader.size, error: -Errno.EIO, unique: out.unique }));
      return -Errno.EINVAL;
    }
    deliver(whole);
    return whole.length;
  };

  const channel: Channel = {
    fd,
    receive,
    reply,
    close() {
      if (state === 'closed') return;
      state = 'closed';
      closeSync(fd);
    },
  };

  const kernel: MemoryKernel = {
    pending,
    push(request) {
      if (state !== 'open') throw new Error(`the channel is ${state}`);
      const { opcode, unique } = headOf(request);
      if (opcode === INTERRUPT) interrupts.add(unique);
      else if (opcode !== FORGET && opcode !== BATCH_FORGET) pending.add(unique);
      queue.push(request.slice());
      ring();
    },
    take: () => replies.shift(),
    next(waitMs = 5000) {
      const ready = replies.shift();
      if (ready) return Promise.resolve(ready);
      return new Promise((resolve, reject) => {
        const arrived = (reply: Uint8Array): void => {
          clearTimeout(timer);
          resolve(reply);
        };
        const timer = setTimeout(() => {
          waiting.splice(waiting.indexOf(arrived), 1);
          reject(new Error(`no reply within ${waitMs} ms; pending: ${[...pending].join(', ') || 'none'}`));
        }, waitMs);
        waiting.push(arrived);
      });
    },
    end() {
      if (state !== 'open') return;
      state = 'ended';
      queue.length = 0;
      pending.clear();
      ring();
    },
  };
  return { channel, kernel };
}

function headOf(request: Uint8Array): { opcode: number; unique: bigint } {
  const head = inHeader.read(request);
  if (isFlaw(head)) throw new RangeError(`a request begins with a header of ${inHeader.size} bytes; this has ${request.length}`);
  return head;
}

function open(): number {
  const fd = eventfd();
  if (fd < 0) throw new Error(`no eventfd: errno ${-fd}`);
  return fd;
}
