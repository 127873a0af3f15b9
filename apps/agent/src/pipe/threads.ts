import * as z from 'zod';

/** Threads of one process that one message may name: libuv's pool and V8's are some ten. */
export const MOST_THREADS = 64;

/** Thread ids of somebody who is going to ask the kernel: that is nobody's work. Fact: PID_MAX_LIMIT, include/linux/threads.h. */
export const threads = z.array(z.int().min(1).max(0x40_0000)).max(MOST_THREADS);
