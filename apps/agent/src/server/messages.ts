import * as z from 'zod';
import { decimal } from './decimal.ts';

/** Of one client; stands in its frames. */
const id = z.int().min(0).max(0xffff_ffff);
const inode = z.int().min(1).max(0xffff_ffff);

/** Bytes that a subscription may have on their way: enough for a keyframe frame, less than a process should keep for one page. */
const MAX_CREDITS = 64 << 20;
const MAX_INODES = 4096;
/** More bins of an overview than a screen has pixels are of no use. */
const MAX_BINS = 4096;

const credits = z.int().min(1).max(MAX_CREDITS);

/** Everything a page may say (docs/architecture.md "WebSocket"). */
const message = z.union([
  z.strictObject({
    id,
    subscribe: z.strictObject({
      inodes: z.union([z.literal('all'), z.array(inode).max(MAX_INODES)]),
      credits,
    }),
  }),
  z.strictObject({ id, credit: z.int().min(1).max(Number.MAX_SAFE_INTEGER) }),
  z.strictObject({ id, pause: z.boolean() }),
  z.strictObject({ id, unsubscribe: z.literal(true) }),
  z.strictObject({
    id,
    range: z.strictObject({ from: decimal, to: decimal, credits }).refine(({ from, to }) => from <= to),
  }),
  z.strictObject({ id, find: z.strictObject({ inode, at: decimal, by: z.union([z.literal(1), z.literal(-1)]) }) }),
  z.strictObject({ id, overview: z.int().min(1).max(MAX_BINS) }),
  z.strictObject({ id, refresh: z.array(inode).min(1).max(64) }),
]);
export type Message = z.infer<typeof message>;

/** Text from a page as a message; else a sentence about what it is not. */
export function parseMessage(text: string): Message | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'it is not JSON';
  }
  const parsed = message.safeParse(value);
  return parsed.success ? parsed.data : 'it is none of the messages a page may send';
}
