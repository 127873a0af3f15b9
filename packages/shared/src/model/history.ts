const NONE = 0xffff_ffff;

/**
 * Slots for things that begin and end. Open ones are found by id; ended ones stay until `keep` newer ones have ended.
 * A slot is a place in the columns of whoever owns this.
 */
export class History {
  readonly keep: number;
  readonly keepOpen: number;
  /** The open one of an id, else the newest ended one that is kept. */
  private readonly slots = new Map<number, number>();
  /** By slot: its id, and those that began before and after it, as long as it is open (a slot that is not has itself behind it). */
  private ids: Uint32Array = new Uint32Array(16);
  private earlier: Uint32Array = new Uint32Array(16);
  private later: Uint32Array = new Uint32Array(16);
  private oldest = NONE;
  private newest = NONE;
  private opened = 0;
  /** Slots of ended ones, oldest at `head`; grows to `keep`. */
  private ring = new Uint32Array(64);
  private head = 0;
  private count = 0;
  private readonly free: number[] = [];
  private used = 0;
  /** Ended in all. */
  total = 0;
  private readonly freed: (slot: number) => void;

  constructor(keep: number, keepOpen: number, freed: (slot: number) => void) {
    this.keep = Math.max(1, keep);
    this.keepOpen = keepOpen;
    this.freed = freed;
  }

  get openCount(): number {
    return this.opened;
  }

  get endedCount(): number {
    return this.count;
  }

  /** The open one of this id, or the newest ended one that is kept. */
  find(id: number): number | undefined {
    return this.slots.get(id);
  }

  findOpen(id: number): number | undefined {
    const slot = this.slots.get(id);
    return slot === undefined || this.later[slot] === slot ? undefined : slot;
  }

  /** A slot for a new one. The caller has ended those that were stale. */
  begin(id: number): number {
    const slot = this.free.pop() ?? this.used++;
    if (slot >= this.ids.length) for (const name of ['ids', 'earlier', 'later'] as const) this[name] = twice(this[name]);
    this.ids[slot] = id;
    this.earlier[slot] = this.newest;
    this.later[slot] = NONE;
    if (this.newest === NONE) this.oldest = slot;
    else this.later[this.newest] = slot;
    this.newest = slot;
    this.opened++;
    this.slots.set(id, slot);
    return slot;
  }

  /** An open one that has to be over before one of this id begins: it has the same id, or is the oldest of too many. */
  staleBefore(id: number): number | undefined {
    return this.findOpen(id) ?? (this.opened < this.keepOpen ? undefined : this.oldest);
  }

  /** The open one in this slot is over. */
  end(slot: number): void {
    const { earlier, later } = this,
      [before, after] = [earlier[slot]!, later[slot]!];
    if (before === NONE) this.oldest = after;
    else later[before] = after;
    if (after === NONE) this.newest = before;
    else earlier[after] = before;
    later[slot] = slot;
    this.opened--;
    if (this.count === this.keep) this.forgetOldest();
    if (this.count === this.ring.length) this.widen();
    this.ring[(this.head + this.count) % this.ring.length] = slot;
    this.count++;
    this.total++;
  }

  /** Let the oldest ended one go. */
  private forgetOldest(): void {
    const slot = this.ring[this.head]!,
      id = this.ids[slot]!;
    this.head = (this.head + 1) % this.ring.length;
    this.count--;
    if (this.slots.get(id) === slot) this.slots.delete(id);
    this.freed(slot);
    this.free.push(slot);
  }

  private widen(): void {
    const wider = new Uint32Array(this.ring.length * 2);
    wider.set(this.endedSlots());
    this.ring = wider;
    this.head = 0;
  }

  /** Slots of those that are open, in the order of their begin. */
  *openSlots(): Generator<number> {
    for (let slot = this.oldest; slot !== NONE; slot = this.later[slot]!) yield slot;
  }

  /** Slots of the newest `newest` ended ones, oldest first. */
  endedSlots(newest = this.keep): number[] {
    const n = Math.min(newest, this.count),
      out: number[] = [];
    for (let k = this.count - n; k < this.count; k++) out.push(this.ring[(this.head + k) % this.ring.length]!);
    return out;
  }

  empty(): void {
    this.slots.clear();
    this.oldest = this.newest = NONE;
    this.opened = this.head = this.count = this.used = this.total = 0;
    this.free.length = 0;
  }
}

function twice(before: Uint32Array): Uint32Array {
  const wider = new Uint32Array(before.length * 2);
  wider.set(before);
  return wider;
}
