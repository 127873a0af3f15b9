import type { Settings } from '../host/index.ts';

/** What a run stands on; found once by the command line and passed in. */
export interface Ground {
  readonly settings: Settings;
  readonly uid: number;
  /** Temporary folder. */
  readonly tmp: string;
  readonly version: string;
  /** Folder of the bundled programs. */
  readonly programs: string;
  /** Folder of the built page. */
  readonly page: string;
  /** How the run was asked for: the command, and on what. */
  readonly command: readonly string[];
  /** The same as it was typed, with the options. */
  readonly commandLine: readonly string[];
  /** A sentence for whoever sits there. */
  readonly say: (sentence: string) => void;
}

/** The one line that a run prints when it is ready. */
export interface Ready {
  readonly url: string;
  readonly mount: string | null;
  readonly recording: string | null;
}
