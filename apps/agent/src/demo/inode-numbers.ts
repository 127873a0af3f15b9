/** Numbers and generations of inodes. A number comes back when its inode is gone, the pair of both never does. */
export class InodeNumbers {
  #generation = 0;
  #next = 1;
  #free: number[] = [];

  /** What the next inode gets; it stays the next until `take`. */
  get next(): { readonly ino: number; readonly generation: number } {
    return { ino: this.#free.at(-1) ?? this.#next, generation: this.#generation + 1 };
  }

  /** The newest generation that was given. */
  get generation(): number {
    return this.#generation;
  }

  take(ino: number, generation: number): void {
    this.skipTo(generation);
    if (this.#free.at(-1) === ino) this.#free.pop();
    this.#next = Math.max(this.#next, ino + 1);
  }

  give(ino: number): void {
    this.#free.push(ino);
  }

  /** Generations up to this one were given, also to inodes that nobody knows of any more. */
  skipTo(generation: number): void {
    this.#generation = Math.max(this.#generation, generation);
  }

  /** After a replay: every number below the largest that has no inode is free, the smallest is the first to be given. */
  settle(isTaken: (ino: number) => boolean): void {
    this.#free = [];
    for (let ino = this.#next - 1; ino > 0; ino--) if (!isTaken(ino)) this.#free.push(ino);
  }
}
