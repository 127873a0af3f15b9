/**
 * Slots for things that begin and end. Open ones are found by id; ended ones stay until `keep` newer ones have ended.
 * A slot is a place in the columns of whoever owns this.
 */
export class History {
  readonly keep: number;
  readonly keepOpen: number;
  /** By id, in the order of their begin. */
  readonly open = new Map<number, number>();
  /** Newest slot of each id that ended and is still kept. */
  private readonly ended = new Map<number, number>();
  /** Slots of ended ones, oldest at `head`; grows to `keep`. */
  private ring = new Uint32Array(64);
  private head = 0;
  private count = 0;
  private readonly free: number[] = [];
  private used = 0;
  /** Ended in all. */
  total = 0;
  private ids: Uint32Array = new Uint32Array(16);
  private readonly freed: (slot: number) => void;

  constructor(keep: number, keepOpen: number, freed: (slot: number) => void) {
    this.keep = Math.max(1, keep);
    this.keepOpen = keepOpen;
    this.freed = freed;
  }

  get endedCount(): number {
    return this.count;
  }

  /** The open one of this id, or the newest ended one that is kept. */
  find(id: number): number | undefined {
    return this.open.get(id) ?? this.ended.get(id);
  }

  /** A slot for a new one. The caller has ended an open one of the same id, and made place (`oldestOpen`). */
  begin(id: number): number {
    const slot = this.free.pop() ?? this.used++;
    if (slot >= this.ids.length) {
      const wider = new Uint32Array(this.ids.length * 2);
      wider.set(this.ids);
      this.ids = wider;
    }
    this.ids[slot] = id;
    this.open.set(id, slot);
    return slot;
  }

  /** The oldest open one, when there are too many. */
  oldestOpen(): number | undefined {
    if (this.open.size < this.keepOpen) return undefined;
    return this.open.keys().next().value;
  }

  end(id: number): void {
    const slot = this.open.get(id);
    if (slot === undefined) return;
    this.open.delete(id);
    if (this.count === this.keep) this.forgetOldest();
    if (this.count === this.ring.length) this.widen();
    this.ended.set(id, slot);
    this.ring[(this.head + this.count) % this.ring.length] = slot;
    this.count++;
    this.total++;
  }

  private widen(): void {
    const wider = new Uint32Array(this.ring.length * 2);
    wider.set(this.endedSlots());
    this.ring = wider;
    this.head = 0;
  }

  /** Let the oldest ended one go. */
  private forgetOldest(): void {
    const slot = this.ring[this.head]!,
      id = this.ids[slot]!;
    this.head = (this.head + 1) % this.ring.length;
    this.count--;
    if (this.ended.get(id) === slot) this.ended.delete(id);
    this.freed(slot);
    this.free.push(slot);
  }

  /** Slots of the newest `newest` ended ones, oldest first. */
  endedSlots(newest = this.keep): number[] {
    const n = Math.min(newest, this.count),
      out: number[] = [];
    for (let k = this.count - n; k < this.count; k++) out.push(this.ring[(this.head + k) % this.ring.length]!);
    return out;
  }

  empty(): void {
    this.open.clear();
    this.ended.clear();
    this.head = this.count = this.used = this.total = 0;
    this.free.length = 0;
  }
}
