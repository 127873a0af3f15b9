import { Errno, initBits, InitFlag, initIn, initOut, initWords, type Negotiated, negotiate } from '@mapscope/shared/wire';

/** What was agreed with the kernel. */
export interface Agreed extends Negotiated {
  /** Body of the reply. */
  readonly reply: Uint8Array;
}

export interface Offer {
  readonly isWriteback: boolean;
  readonly maxWrite: number;
  readonly pageSize: number;
  readonly hasFmap: boolean;
}

const MAJOR = 7;
/** The newest minor whose replies we know; both sides use the smaller. */
const MINOR = 45;
/** Below it attributes and entries have other sizes. */
const OLDEST_MINOR = 23;
/** Fields up to max_readahead and flags; the rest came with 7.36. */
const SHORT_INIT_IN = 16;

/**
 * No ATOMIC_O_TRUNC: the kernel truncates by SETATTR, which the engine knows. HANDLE_KILLPRIV_V2: see ops/privileges.ts. No
 * AUTO_INVAL_DATA: nobody else changes our files. No passthrough, io_uring or splice: every byte is to be seen.
 */
const wanted =
  InitFlag.ASYNC_READ |
  InitFlag.BIG_WRITES |
  InitFlag.DO_READDIRPLUS |
  InitFlag.READDIRPLUS_AUTO |
  InitFlag.ASYNC_DIO |
  InitFlag.PARALLEL_DIROPS |
  InitFlag.MAX_PAGES |
  InitFlag.CACHE_SYMLINKS |
  InitFlag.HANDLE_KILLPRIV_V2 |
  InitFlag.INIT_EXT;

/** Answer INIT: our version, and of what the kernel offers what we want. `-EIO` for bytes that are no INIT or a version too old. */
export function answerInit(body: Uint8Array, offer: Offer): Agreed | number {
  if (body.length < SHORT_INIT_IN) return -Errno.EIO;
  const whole = new Uint8Array(initIn.size);
  whole.set(body.subarray(0, initIn.size));
  const asked = initIn.read(whole);
  if (!('major' in asked)) return -Errno.EIO;
  // A newer major is told ours, and asks again.
  if (asked.major > MAJOR) return { minor: 0, flags: 0n, reply: initOut.encode({ major: MAJOR }) };
  if (asked.major < MAJOR || asked.minor < OLDEST_MINOR) return -Errno.EIO;
  const took = initBits(asked) & (wanted | (offer.isWriteback ? InitFlag.WRITEBACK_CACHE : 0n) | (offer.hasFmap ? InitFlag.DAX_FMAP : 0n)),
    answer = {
      major: MAJOR,
      minor: MINOR,
      max_readahead: asked.max_readahead,
      max_background: 64,
      congestion_threshold: 48,
      max_write: offer.maxWrite,
      time_gran: 1,
      max_pages: offer.maxWrite / offer.pageSize,
      ...initWords(took),
    };
  return { ...negotiate(asked, answer), reply: initOut.encode(answer) };
}
