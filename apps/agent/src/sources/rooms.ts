/** Rooms that are kept for the next question: to make one anew costs as much as a tenth of the answer that fills it. */
const KEPT = 2;

/** Memory for answers of one size, taken and given back. Its bytes are what the one before left. */
export class Rooms {
  private readonly spare: Uint8Array[] = [];
  private readonly size: number;

  /** Bytes of each. */
  constructor(size: number) {
    this.size = size;
  }

  take(): Uint8Array {
    return this.spare.pop() ?? new Uint8Array(this.size);
  }

  /** Nobody writes to it any more. */
  give(room: Uint8Array): void {
    if (this.spare.length < KEPT) this.spare.push(room);
  }
}
