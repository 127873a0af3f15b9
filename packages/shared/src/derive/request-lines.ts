/** A request in the queue of a FUSE server, or with it. */
export interface Asked {
  readonly connection: number;
  readonly unique: bigint;
  /** Of the whole message: what a read of /dev/fuse that takes it returns. */
  readonly bytes: number;
  /** When it was queued. */
  readonly sent: bigint;
}

/** Requests of one connection whose messages are equally long: which of them a read took its length does not say. */
export interface RequestLine {
  readonly open: Map<bigint, Asked>;
  /** Answered ones whose take is not known, while others are open: a read may have taken them. */
  readonly unclaimed: { readonly sent: bigint; readonly until: bigint }[];
}

const MOST_LINES = 4096;
const MOST_OPEN = 1 << 16;
/** Of more in one line nothing is told: each is looked at whenever one ends. */
const MOST_LOOKED_AT = 256;

/** Requests that are in the queues of servers, or with them, by connection and length. */
export class RequestLines {
  private readonly lines = new Map<string, RequestLine>();

  queued(asked: Asked): void {
    const key = keyOf(asked);
    let line = this.lines.get(key);
    if (!line) {
      if (this.lines.size >= MOST_LINES) this.lines.clear();
      this.lines.set(key, (line = { open: new Map(), unclaimed: [] }));
    }
    line.open.set(asked.unique, asked);
    if (line.open.size > MOST_OPEN) for (const [eldest] of line.open) if (line.open.delete(eldest)) break;
  }

  /** Its line without it; undefined: it is in none. */
  leave(asked: Asked): RequestLine | undefined {
    const line = this.lines.get(keyOf(asked));
    return line?.open.delete(asked.unique) ? line : undefined;
  }

  /** What ended before the next one of this length is queued, no read can mean that takes that. */
  forgetEmpty(asked: Asked): void {
    const key = keyOf(asked);
    if (this.lines.get(key)?.open.size === 0) this.lines.delete(key);
  }

  forget(): void {
    this.lines.clear();
  }
}

export const isCrowded = ({ open, unclaimed }: RequestLine): boolean => open.size > MOST_LOOKED_AT || unclaimed.length > MOST_LOOKED_AT;

/** No request of the line was there that a read which returned `at` could have taken. */
export function isNobodyElse({ open, unclaimed }: RequestLine, at: bigint): boolean {
  for (const { sent } of open.values()) if (sent <= at) return false;
  return unclaimed.every(({ sent, until }) => sent > at || until < at);
}

const keyOf = ({ connection, bytes }: Asked): string => `${connection} ${bytes}`;
