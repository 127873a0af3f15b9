import type { Surroundings } from '../host/settings.ts';

/** Where the command runs: everything it would otherwise ask the process for. */
export interface Place {
  readonly version: string;
  readonly surroundings: Surroundings;
  /** Folder of the bundled programs. */
  readonly programs: string;
  /** Folder of the built page. */
  readonly page: string;
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly writableNeedDrain?: boolean; readonly destroyed?: boolean };
  readonly stderr: NodeJS.WritableStream;
}
