import type { Look, Looked, Pulse } from './look.ts';
import type { Moment } from './moment.ts';
import type { StepUnit } from './op-steps.ts';
import type { Target } from './target.ts';

/** What the page may ask of the worker. */
export interface Feed {
  /** Connects, and rings until the page is closed. `onPulse` resolves when the page is ready for the next. `reducesMotion`: time alone moves in steps. */
  start(onPulse: (pulse: Pulse) => Promise<void>, reducesMotion: boolean): void;
  look(look: Look): Looked;
  /** The picture stands still at the moment on screen; recording goes on. */
  freeze(): void;
  /** Another moment. Resolves when it is shown, another is wanted, or it is clear that it cannot be. */
  seek(at: bigint): Promise<void>;
  /** Goes on from the moment on screen, `setSpeed` times as fast as it was. */
  play(): void;
  setSpeed(speed: number): void;
  /** To where an operation on the file goes on next, or did last; answers which it is, undefined where there is none. */
  step(by: 1 | -1, unit: StepUnit, inode: number): Promise<Target | undefined>;
  /** The page cache of the file in view before the moment on screen, oldest first, as far as what was fetched tells. */
  momentsBefore(file: NonNullable<Look['file']>): readonly Moment[];
  /** Back to the newest, moving. */
  live(): void;
  /** Ask the sources to look at a file again. */
  refresh(inode: number): void;
  /** Do not wait for the next attempt. */
  retry(): void;
  /** Show a recording instead of the agent. */
  open(file: File): Promise<void>;
  /** Back to the agent. */
  leaveFile(): void;
}
