/** Bytes that may be on their way to us: a second of a very busy stream, and more than one frame. */
export const CREDITS = 32 << 20;

/** Bytes that were reduced and not yet given back; given back in lumps, since each is a message. */
export class Credit {
  private owed = 0;
  private readonly lump: number;

  /** `credits`: that there are in all. */
  constructor(credits = CREDITS) {
    this.lump = credits / 16;
  }

  /** Answers what to give back now; 0: not yet. */
  reduced(bytes: number): number {
    this.owed += bytes;
    if (this.owed < this.lump) return 0;
    const lump = this.owed;
    this.owed = 0;
    return lump;
  }

  /** A new subscription begins with all of them. */
  renew(): void {
    this.owed = 0;
  }
}
