/** Buffers of one size, used again: a request's bytes, a reply's data, a block being put together. Never zeroed in between. */
export class Buffers {
  readonly size: number;
  private readonly free: Uint8Array[] = [];
  private readonly keep: number;

  constructor(size: number, keep = 4) {
    this.size = size;
    this.keep = keep;
  }

  take(): Uint8Array {
    return this.free.pop() ?? new Uint8Array(this.size);
  }

  /** Only what `take` gave, once. */
  give(buffer: Uint8Array): void {
    if (this.free.length < this.keep) this.free.push(buffer);
  }

  /** Lend one for as long as `work` takes. */
  use<T>(work: (buffer: Uint8Array) => T): T {
    const buffer = this.take();
    try {
      return work(buffer);
    } finally {
      this.give(buffer);
    }
  }
}
