import { type FtraceFormat } from '@mapscope/shared/wire';

/** The device of a filesystem as its tracepoints name it. */
export interface DeviceNames {
  /** Kernel's dev_t: major << 20 | minor. Not what stat(2) gives. */
  readonly dev: number;
  /** Name of its backing device: `0:39`; of a partition, the disk's. */
  readonly bdi: string;
  /** What block events call its device: the disk's dev_t. */
  readonly disk: number;
}

/**
 * The kernel filter that lets through only events of these devices, by the field that names one. undefined: the event names none; '': the kernel cannot compare what names it. By inode it is
 * filtered here, since the kernel takes only some 200 terms (fact: live-facts 21).
 */
export function filterOf({ name, fields }: FtraceFormat, devices: readonly DeviceNames[]): string | undefined {
  const any = (term: (device: DeviceNames) => string): string => [...new Set(devices.map(term))].join(' || ');
  if (name.startsWith('block_')) return any(({ disk }) => `dev == ${disk}`);
  if (fields.get('s_dev')?.form === 'scalar') return any(({ dev }) => `s_dev == ${dev}`);
  if (fields.get('dev')?.form === 'scalar') return any(({ dev }) => `dev == ${dev}`);
  // Of a FUSE mount its connection bears the same number. Fact: fc->dev is the superblock's, fs/fuse/inode.c.
  if (fields.get('connection')?.form === 'scalar') return any(({ dev }) => `connection == ${dev}`);
  // btrfs names itself by 16 bytes.
  if (fields.get('fsid')?.form === 'array') return '';
  return fields.get('name')?.form === 'array' ? any(({ bdi }) => `name == "${bdi}"`) : undefined;
}
