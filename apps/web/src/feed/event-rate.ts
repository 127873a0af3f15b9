const WINDOW_MS = 1000,
  SLOTS = 10,
  SLOT_MS = WINDOW_MS / SLOTS;

/** Events of the last second, counted in tenths. Times are any clock's milliseconds. */
export class EventRate {
  private readonly counts = new Float64Array(SLOTS);
  private slot = 0;
  private wasMoving = false;

  note(events: number, nowMs: number): void {
    this.advance(nowMs);
    this.counts[this.slot % SLOTS]! += events;
  }

  perSecond(nowMs: number): number {
    this.advance(nowMs);
    return this.counts.reduce((sum, n) => sum + n, 0);
  }

  /** Something to show anew: events in the last second, or none any more for the first time. */
  isMoving(nowMs: number): boolean {
    const moves = this.perSecond(nowMs) > 0,
      answer = moves || this.wasMoving;
    this.wasMoving = moves;
    return answer;
  }

  reset(): void {
    this.counts.fill(0);
  }

  private advance(nowMs: number): void {
    const slot = Math.floor(nowMs / SLOT_MS);
    for (let k = Math.max(this.slot + 1, slot - SLOTS + 1); k <= slot; k++) this.counts[k % SLOTS] = 0;
    this.slot = Math.max(this.slot, slot);
  }
}
