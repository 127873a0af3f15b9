/** One row of `/proc/self/mountinfo`. Source: proc_pid_mountinfo(5). */
export interface MountRow {
  /** Unique while mounted; `mnt_id` of `/proc/PID/fdinfo`. */
  readonly id: number;
  /** The mount it is mounted on. */
  readonly parent: number;
  /**
   * Of the superblock: what tracepoints call `s_dev`. Not always that of `stat`: a btrfs subvolume has one of its own (spec/live-facts.md 17). Of a
   * FUSE mount `minor` is the number of its connection in fusectl.
   */
  readonly major: number;
  readonly minor: number;
  /** The folder of the filesystem that is seen at `path`: `/` but for bind mounts, subvolumes and the like. */
  readonly root: string;
  readonly path: string;
  /** Of this mount: `rw`, `noatime`, … */
  readonly options: readonly string[];
  /** `fuse`, `fuse.mapscope`, `ext4`, … */
  readonly type: string;
  readonly source: string;
  /** Of the superblock: `subvolid=256`, `upperdir=/a`, … */
  readonly superOptions: readonly string[];
}

/** The rows in order; where two have one path, the later covers the earlier. A line that is not understood is left out. */
export function parseMountTable(text: string): MountRow[] {
  const rows: MountRow[] = [];
  for (const line of text.split('\n')) {
    const row = parseRow(line);
    if (row) rows.push(row);
  }
  return rows;
}

/** Optional fields, as many as there are, stand between the mount's six and a lone dash. */
function parseRow(line: string): MountRow | undefined {
  const dash = line.indexOf(' - ');
  if (dash < 0) return undefined;
  const [id, parent, device, root, path, options] = line.slice(0, dash).split(' ');
  const [type, source, superOptions] = line.slice(dash + 3).split(' ');
  const numbers = /^(\d+):(\d+)$/.exec(device ?? '');
  if (!numbers || !root || !path || !type || !/^\d+$/.test(id ?? '') || !/^\d+$/.test(parent ?? '')) return undefined;
  return {
    id: Number(id),
    parent: Number(parent),
    major: Number(numbers[1]),
    minor: Number(numbers[2]),
    root: unescape(root),
    path: unescape(path),
    options: optionsOf(options),
    type,
    source: unescape(source ?? ''),
    superOptions: optionsOf(superOptions),
  };
}

/** Taken apart first: a comma that belongs to a value is escaped. */
const optionsOf = (field: string | undefined): string[] => (field ? field.split(',').map(unescape) : []);

/** Space, tab, line feed, backslash, `#` and, in options, comma stand in the table as three octal digits. */
const unescape = (field: string): string =>
  field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** The value of a superblock option `name=value`; the last one holds. undefined: it is not there. */
export const superOption = ({ superOptions }: MountRow, name: string): string | undefined =>
  superOptions.findLast((option) => option.startsWith(`${name}=`))?.slice(name.length + 1);
