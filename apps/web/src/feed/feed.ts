import type { Look, Looked, Pulse } from './look.ts';

/** What the page may ask of the worker. */
export interface Feed {
  /** Connects, and rings until the page is closed. `onPulse` resolves when the page is ready for the next. */
  start(onPulse: (pulse: Pulse) => Promise<void>): void;
  look(look: Look): Looked;
  /** The picture stands still; what happens meanwhile is caught up with. */
  pause(isPaused: boolean): void;
  /** Ask the sources to look at a file again. */
  refresh(inode: number): void;
  /** Do not wait for the next attempt. */
  retry(): void;
  /** Show a recording instead of the agent. */
  open(file: File): Promise<void>;
  /** Back to the agent. */
  leaveFile(): void;
}
