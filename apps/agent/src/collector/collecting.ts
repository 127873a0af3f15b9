/** What the process does with whatever it collects: of a mount with a session, or of paths that are watched. */
export interface Collecting {
  /** A line from the server. What is not on the list, or names an inode that is none of ours, is refused. */
  command(line: string): void;
  /** Rows were lost behind us: what can be asked of any file is to be asked again. */
  lookAgain(): void;
  /** Follows what happens until `signal` aborts. `isLooking` is called as soon as nothing is missed any more, and perhaps again. */
  follow(signal: AbortSignal, isLooking: () => void): Promise<void>;
  /** Sends what is left. */
  end(): Promise<void>;
}
