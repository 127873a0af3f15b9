import * as z from 'zod';
import { threads } from '../pipe/index.ts';

/** The stream's number of an inode. Never a path: those come from the session alone. */
const inode = z.int().min(1).max(0xffff_ffff);

/** Everything that the unprivileged server may ask of this process. */
const command = z.discriminatedUnion('ask', [
  /** Look again at what the page cache holds of a file. */
  z.strictObject({ ask: z.literal('refresh'), inode }),
  /** Threads of somebody of ours who is about to ask the kernel of watched files: that is nobody's work. */
  z.strictObject({ ask: z.literal('ignore'), threads }),
]);
export type Command = z.infer<typeof command>;

/** A line from the server as a command; else why not. */
export function parseCommand(line: string): Command | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'it is not JSON';
  }
  const parsed = command.safeParse(value);
  return parsed.success ? parsed.data : z.prettifyError(parsed.error).replaceAll('\n', ' ');
}
