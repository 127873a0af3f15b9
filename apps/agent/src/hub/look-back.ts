import { type RangeEnd, rangeOf } from '@mapscope/shared/model';
import { stampSubscription } from '@mapscope/shared/trace';
import { type Problem, problem } from '@mapscope/shared/units';
import { Flight, type FlightOptions } from './flight.ts';
import type { History } from './history.ts';

export interface LookBackOptions extends FlightOptions {
  /** Chosen by the client; stands in every frame it gets. */
  readonly id: number;
  /** Nanoseconds of the stream's clock. */
  readonly from: bigint;
  readonly to: bigint;
  /** All frames have been sent; what the range was found to be. */
  readonly ended: (range: RangeEnd) => void;
  /** There is nothing (more) to send, because of this; `cause` where the reading failed. */
  readonly refused: (why: Problem, cause?: unknown) => void;
}

/** Answers one look back: frames of the kept past, read as the client takes them. */
export class LookBack {
  private readonly options: LookBackOptions;
  private readonly flight: Flight;
  private isPaused = false;
  private isClosed = false;
  /** Goes on where the next frame waits for credits. */
  private wake: () => void = () => undefined;

  constructor(history: History, options: LookBackOptions) {
    this.options = options;
    this.flight = new Flight(options);
    void this.run(history);
  }

  /** The client has taken so many bytes. */
  credit(bytes: number): void {
    this.flight.returned(bytes);
    this.wake();
  }

  pause(isPaused: boolean): void {
    this.isPaused = isPaused;
    this.wake();
  }

  /** Nobody listens any more. */
  close(): void {
    this.isClosed = true;
    this.wake();
  }

  private async run(history: History): Promise<void> {
    const { id, from, to, ended, refused } = this.options;
    try {
      await history.settle();
      const parts = history.parts();
      if (parts.every(({ span }) => span === undefined)) return refused(nothingKept);
      const range = rangeOf(parts, from, to);
      for (;;) {
        const next = await range.next();
        if (this.isClosed) return;
        if (next.done) return ended(next.value);
        const frame = stampSubscription(next.value.bytes, id);
        await this.turn(frame);
        if (this.isClosed) return;
        this.flight.go(frame);
      }
    } catch (error) {
      // A segment that newer ones have pushed out meanwhile, or a disk that cannot be read.
      if (!this.isClosed) refused(forgotten, error);
    }
  }

  /** Resolves when this frame may be sent. */
  private async turn(frame: Uint8Array): Promise<void> {
    while (!this.isClosed && (this.isPaused || !this.flight.mayGo(frame)))
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
  }
}

const nothingKept = problem('E_NOTHING_KEPT', 'nothing has been recorded yet', 'Try again in a moment');
const forgotten = problem('E_FORGOTTEN', 'what was so then is no longer kept', 'A larger --spool keeps more of the past');
