/** Of a time line on which nothing happens. */
const STEP_MS = 250;

/**
 * Lets a clock that moves be shown: while something happens at every tick, so that what happened moves smoothly; else four times a second, since all of the
 * page is drawn again for it. Under `prefers-reduced-motion` never more often.
 */
export class ClockSteps {
  isReduced = false;
  private readonly show: () => void;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(show: () => void) {
    this.show = show;
  }

  /** `isLively`: there were events a moment ago. */
  tick(isLively: boolean): void {
    if (isLively && !this.isReduced) return this.show();
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.show();
    }, STEP_MS);
  }
}
