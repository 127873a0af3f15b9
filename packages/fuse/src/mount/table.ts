import { readFile, realpath } from 'node:fs/promises';
import { resolve } from 'node:path';

/** One row of `/proc/self/mountinfo`. Reading the table asks no server anything. Source: proc_pid_mountinfo(5). */
export interface MountRow {
  /** Unique while mounted. */
  readonly id: number;
  readonly path: string;
  readonly major: number;
  /** Of a FUSE mount: the number of its connection in fusectl. */
  readonly minor: number;
  /** `fuse`, `fuse.mapscope`, `ext4`, … */
  readonly type: string;
  readonly source: string;
}

/** The rows in order; where two have one path, the later covers the earlier. A line that is not understood is left out. */
export function parseMountTable(text: string): MountRow[] {
  const rows: MountRow[] = [];
  for (const line of text.split('\n')) {
    const [mount, filesystem] = line.split(' - ', 2);
    const [id, , device, , path] = mount?.split(' ') ?? [];
    const [type, source] = filesystem?.split(' ') ?? [];
    const numbers = /^(\d+):(\d+)$/.exec(device ?? '');
    if (!numbers || !path || !type) continue;
    rows.push({
      id: Number(id),
      path: unescape(path),
      major: Number(numbers[1]),
      minor: Number(numbers[2]),
      type,
      source: unescape(source ?? ''),
    });
  }
  return rows;
}

/** Space, tab, line feed and backslash stand in the table as three octal digits. */
const unescape = (field: string): string =>
  field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

export const readMountTable = async (): Promise<MountRow[]> => parseMountTable(await readFile('/proc/self/mountinfo', 'utf8'));

export const isFuse = (row: MountRow): boolean => row.type === 'fuse' || row.type.startsWith('fuse.');

/** The uppermost mount at exactly this path. The mount itself is never touched: its server may be gone, or be us. */
export async function findMount(target: string): Promise<MountRow | undefined> {
  const rows = await readMountTable();
  const at = (path: string): MountRow | undefined => rows.findLast((row) => row.path === path);
  // realpath(3) walks to the mount point by name and asks its server nothing; it fails beneath a dead mount.
  return at(resolve(target)) ?? at(await realpath(target).catch(() => ''));
}
