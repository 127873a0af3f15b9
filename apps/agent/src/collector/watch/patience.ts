/** A stream that nobody outside of this process keeps waiting is waited for: only a stall of our own is longer. Nanoseconds. */
export const PATIENCE = 500_000_000n;
/** Rows of such a stream bear the time at which they are made. */
export const NONE = 0n;
