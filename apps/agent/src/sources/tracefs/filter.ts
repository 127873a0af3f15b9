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
 * The kernel filter that lets through only events of this device, by the field that names it. undefined: the event names none. By inode it is
 * filtered here, since the kernel takes only some 200 terms (fact: live-facts 21).
 */
export function filterOf({ name, fields }: FtraceFormat, { dev, bdi, disk }: DeviceNames): string | undefined {
  if (name.startsWith('block_')) return `dev == ${disk}`;
  if (fields.get('s_dev')?.form === 'scalar') return `s_dev == ${dev}`;
  if (fields.get('dev')?.form === 'scalar') return `dev == ${dev}`;
  // Of a FUSE mount its connection bears the same number. Fact: fc->dev is the superblock's, fs/fuse/inode.c.
  if (fields.get('connection')?.form === 'scalar') return `connection == ${dev}`;
  return fields.get('name')?.form === 'array' ? `name == "${bdi}"` : undefined;
}
