/** Of a time line on which nothing happens, where motion is to be reduced. */
const STEP_MS = 250;

/** Lets a clock that moves be shown: at every tick, or, `prefers-reduced-motion`, four times a second. */
export class ClockSteps {
  isReduced = false;
  private readonly show: () => void;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(show: () => void) {
    this.show = show;
  }

  tick(): void {
    if (!this.isReduced) return this.show();
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.show();
    }, STEP_MS);
  }
}
