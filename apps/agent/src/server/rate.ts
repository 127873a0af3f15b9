/** Lets through `perSecond` things, and `burst` at once. */
export class Rate {
  private readonly perSecond: number;
  private readonly burst: number;
  private left: number;
  private at: number;

  /** `now`: milliseconds of a clock that only goes forward. */
  constructor(perSecond: number, burst: number, now: number) {
    this.perSecond = perSecond;
    this.burst = burst;
    this.left = burst;
    this.at = now;
  }

  take(now: number): boolean {
    this.left = Math.min(this.burst, this.left + ((now - this.at) / 1000) * this.perSecond);
    this.at = now;
    if (this.left < 1) return false;
    this.left--;
    return true;
  }
}
