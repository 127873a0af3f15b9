/** The newest things of a kind: at most `keep`, and how many there were in all. */
export class Recent<T> {
  readonly keep: number;
  total = 0;
  private items: T[] = [];
  private start = 0;

  constructor(keep: number) {
    this.keep = keep;
  }

  push(item: T): void {
    this.total++;
    this.items.push(item);
    if (this.items.length - this.start > this.keep) this.dropOldest();
  }

  dropOldest(): T | undefined {
    if (this.start >= this.items.length) return undefined;
    const oldest = this.items[this.start++];
    // Moving the rest down once in a while costs less than `shift` every time.
    if (this.start > 64 && this.start > this.items.length / 2) {
      this.items = this.items.slice(this.start);
      this.start = 0;
    }
    return oldest;
  }

  get size(): number {
    return this.items.length - this.start;
  }

  /** Oldest first. */
  list(newest = this.keep): T[] {
    return this.items.slice(Math.max(this.start, this.items.length - newest));
  }

  last(): T | undefined {
    return this.size > 0 ? this.items.at(-1) : undefined;
  }

  empty(): void {
    this.items = [];
    this.start = 0;
    this.total = 0;
  }
}
