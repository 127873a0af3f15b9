import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const count = z.number().int().nonnegative();

const shape = z.object({
  id: z.string(),
  /** Of the supervisor. */
  pid: count,
  /** Milliseconds since 1970. */
  startedAt: count,
  uid: count,
  command: z.array(z.string()),
  processes: z.array(z.object({ role: z.string(), pid: count, startTicks: count })),
  /**
   * `source` is ours alone, so that nobody else's mount at this path is taken for it; that of a filesystem on a loop device is any of its devices, and the
   * path lies in a folder of ours. The last two are null until it is mounted.
   */
  mounts: z.array(
    z.object({
      path: z.string(),
      type: z.enum(['fuse', 'tracefs', 'ext4', 'xfs', 'btrfs']),
      source: z.string(),
      device: z.string().nullable(),
      fuseConnection: count.nullable(),
    }),
  ),
  /** Freed only while it still has this backing file; a device that is null was about to get it. */
  loops: z.array(z.object({ device: z.string().nullable(), backing: z.string() })),
  /** Folders of trace instances. */
  instances: z.array(z.string()),
  /** Folders that end with the run. */
  temp: z.array(z.string()),
  url: z.string().nullable(),
  socket: z.string(),
  /** The spool, while there is one. */
  recording: z.string().nullable(),
});

/** `run.json`: everything a run has made or is about to make, so that whoever comes after it can undo it. */
export type RunRecord = Readonly<z.infer<typeof shape>>;

const fileOf = (folder: string): string => join(folder, 'run.json');

export const hasRecord = (folder: string): boolean => existsSync(fileOf(folder));

/** `undefined`: there is none, or it is not one of ours. */
export function readRecord(folder: string): RunRecord | undefined {
  try {
    return shape.parse(JSON.parse(readFileSync(fileOf(folder), 'utf8')));
  } catch {
    return undefined;
  }
}

/** By rename: a reader sees the old record or the new one. */
export function writeRecord(folder: string, record: RunRecord): void {
  const aside = `${fileOf(folder)}.new`;
  writeFileSync(aside, `${JSON.stringify(record, null, 1)}\n`, { mode: 0o600 });
  renameSync(aside, fileOf(folder));
}
