import { problem } from '@mapscope/shared/units';
import type { Problem } from '@mapscope/shared/units';
import type { Layout } from './layout.ts';
import { DEFAULT_CHUNK, DEFAULT_STRIPS, layoutProblem, printLayout } from './layout.ts';
import type { Geometry } from './volume.ts';

export interface DemoOptions {
  /** Keeps images and metadata: made if missing, gone on with if there. */
  readonly dir?: string;
  /** Without `dir`: an empty folder for the images, removed by who made it. Left out, `destroy` removes one of our own. */
  readonly temp?: string;
  /** How many images; 4, or as many as `dir` has. */
  readonly devices?: number;
  /** Of each image; 512 MiB, or what those of `dir` have. Images are sparse: they take what is written. */
  readonly deviceBytes?: number;
  /** Bytes of a chunk in /striped; 64 KiB. */
  readonly chunk?: number;
  /** Devices a file in /striped is laid over; 3. */
  readonly strips?: number;
  /** Nanoseconds since 1970; the system's clock. */
  readonly now?: () => bigint;
}

const BLOCK_SIZE = 4096;
/** The first MiB of a device: its label, and no file, so that address 0 is never data. */
const RESERVED_BLOCKS = 256;
const DEVICES = 4;
const DEVICE_BYTES = 512 * 1024 * 1024;
const MAX_DEVICES = 32;
const MAX_DEVICE_BYTES = 2 ** 44;

export const systemClock = (): bigint => BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;

export function geometryOf({ devices = DEVICES, deviceBytes = DEVICE_BYTES }: DemoOptions): Geometry | Problem {
  if (!Number.isInteger(devices) || devices < 1 || devices > MAX_DEVICES)
    return problem('E_DEVICES', `${devices} devices are not possible`, `Give 1 to ${MAX_DEVICES}.`);
  const least = (RESERVED_BLOCKS + 1) * BLOCK_SIZE;
  if (!Number.isInteger(deviceBytes) || deviceBytes % BLOCK_SIZE !== 0 || deviceBytes < least || deviceBytes > MAX_DEVICE_BYTES)
    return problem(
      'E_DEVICE_SIZE',
      `a device of ${deviceBytes} bytes is not possible`,
      `Give a multiple of ${BLOCK_SIZE} from ${least} to ${MAX_DEVICE_BYTES}.`,
    );
  return { blockSize: BLOCK_SIZE, devices, deviceBlocks: deviceBytes / BLOCK_SIZE, reservedBlocks: RESERVED_BLOCKS };
}

/** What /striped hands down. */
export function stripedLayout({ chunk = DEFAULT_CHUNK, strips }: DemoOptions, { blockSize, devices }: Geometry): Layout | Problem {
  const layout: Layout = { kind: 'interleave', chunk, strips: strips ?? Math.min(DEFAULT_STRIPS, devices) };
  const wrong = layoutProblem(layout, blockSize, devices);
  if (wrong === undefined) return layout;
  return problem('E_LAYOUT', `"${printLayout(layout)}" is not possible here: ${wrong}`, 'Give another chunk size or number of strips.');
}
