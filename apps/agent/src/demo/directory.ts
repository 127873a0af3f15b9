/** A name in a directory. `slot` is its place in the order of readdir and never changes while the name stands. */
export interface Slot {
  readonly slot: number;
  /** Bytes of the name, one character a byte, so that names that are no UTF-8 stay what they are. */
  readonly name: string;
  readonly ino: number;
}

/** Slots 0 and 1 are "." and "..". */
const FIRST_SLOT = 2;

/**
 * The names of a directory. Readdir positions are slots, and slots only grow: who reads on while names come and go sees each name that
 * stood all along exactly once.
 */
export class Directory {
  parent: number;
  readonly #byName = new Map<string, Slot>();
  /** By slot; a name that left stays as undefined until half of them are. */
  #order: Slot[] = [];
  #gone = 0;
  #next = FIRST_SLOT;

  constructor(parent: number) {
    this.parent = parent;
  }

  get size(): number {
    return this.#byName.size;
  }

  find(name: string): Slot | undefined {
    return this.#byName.get(name);
  }

  names(): Iterable<Slot> {
    return this.#byName.values();
  }

  enter(name: string, ino: number): void {
    if (this.#byName.has(name)) throw new Error('the name is taken');
    const slot = { slot: this.#next++, name, ino };
    this.#byName.set(name, slot);
    this.#order.push(slot);
  }

  leave(name: string): void {
    if (!this.#byName.delete(name)) throw new Error('there is no such name');
    if (++this.#gone * 2 > this.#order.length) {
      this.#order = [...this.#byName.values()];
      this.#gone = 0;
    }
  }

  /** The first name at `slot` or after it. */
  from(slot: number): Slot | undefined {
    let low = 0,
      high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#order[middle]!.slot >= slot) high = middle;
      else low = middle + 1;
    }
    for (; low < this.#order.length; low++) {
      const found = this.#order[low]!;
      if (this.#byName.get(found.name) === found) return found;
    }
    return undefined;
  }
}
