import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { flock } from '@mapscope/native';
import { isProblem, problem } from '@mapscope/shared/units';
import type { Problem } from '@mapscope/shared/units';
import { DemoFilesystem } from './demo-filesystem.ts';
import { fsck } from './fsck.ts';
import { Images } from './images.ts';
import { isFile } from './inode.ts';
import { hasJournal, Journal, readJournal } from './journal.ts';
import type { Layout } from './layout.ts';
import { DEFAULT_CHUNK, DEFAULT_STRIPS, layoutProblem, printLayout } from './layout.ts';
import { dropIfGone } from './names.ts';
import { plant, setStriped } from './plant.ts';
import { OPEN_END } from './run-map.ts';
import { Store } from './store.ts';
import type { Geometry } from './volume.ts';
import { Volume } from './volume.ts';

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
  /** Of the directories of a new volume; who runs us. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** Nanoseconds since 1970. */
  readonly now?: () => bigint;
}

const BLOCK_SIZE = 4096;
/** The first MiB of a device: its label, and no file, so that address 0 is never data. */
const RESERVED_BLOCKS = 256;
const DEVICES = 4,
  DEVICE_BYTES = 512 * 1024 * 1024;
/** What nobody asked fsync for is on disk after this long, as with other filesystems. */
const COMMIT_MS = 5000;
const MAX_DEVICES = 32,
  MAX_DEVICE_BYTES = 2 ** 44;

const systemClock = (): bigint => BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;

/**
 * Opens the demo filesystem, or says why it can not be. With `dir` everything that fsync acknowledged is there again, however the last
 * process ended; `destroy` ends it. Never open a folder that lies on the mount which it serves (spec/live-facts.md 1).
 */
export function openDemo(options: DemoOptions = {}): DemoFilesystem | Problem {
  const geometry = geometryOf(options);
  if (isProblem(geometry)) return geometry;
  try {
    return options.dir === undefined ? openTemporary(options, geometry) : openKept(resolve(options.dir), options, geometry);
  } catch (error) {
    const { code = 'E_DEMO', message } = error as NodeJS.ErrnoException;
    return problem(
      code,
      message,
      options.dir === undefined
        ? 'Give a folder with --dir, or free space in the temporary one.'
        : 'Give a folder that can be written, with space in it.',
    );
  }
}

/** Where temporary images go: memory where there is room for all of them, else the system's temporary folder. */
export function tempBase(bytes: number): string {
  const shm = '/dev/shm';
  if (!existsSync(shm)) return tmpdir();
  const { bavail, bsize } = statfsSync(shm);
  return bavail * bsize >= bytes ? shm : tmpdir();
}

function openTemporary(options: DemoOptions, geometry: Geometry): DemoFilesystem | Problem {
  const total = geometry.devices * geometry.deviceBlocks * geometry.blockSize;
  const folder = options.temp ?? mkdtempSync(join(tempBase(total), 'mapscope-demo-'));
  const remove = (): void => {
    if (options.temp === undefined) rmSync(folder, { recursive: true, force: true });
  };
  try {
    const layout = stripedLayout(options, geometry);
    const images = isProblem(layout) ? layout : Images.open(folder, geometry, randomUUID(), true);
    if (isProblem(layout) || isProblem(images)) {
      remove();
      return images as Problem;
    }
    const volume = new Volume(geometry),
      store = new Store(volume, images, undefined, options.now ?? systemClock);
    plant(store, layout, options.owner);
    volume.begin(false);
    return new DemoFilesystem(store, remove);
  } catch (error) {
    remove();
    throw error;
  }
}

/** One process a folder: the lock ends with its descriptor, also by SIGKILL. */
function openKept(dir: string, options: DemoOptions, wanted: Geometry): DemoFilesystem | Problem {
  makeFolder(dir);
  const lock = openSync(join(dir, 'lock'), 'a', 0o600),
    unlock = (): void => closeSync(lock);
  let opened: Store | Problem;
  try {
    if (flock(lock, 'exclusive') < 0)
      opened = problem('E_DIR_BUSY', `${dir} is in use by another mapscope`, 'Stop it with "mapscope stop", or give another folder.');
    else opened = hasJournal(dir) ? reopen(dir, options) : begin(dir, options, wanted);
  } catch (error) {
    unlock();
    throw error;
  }
  if (isProblem(opened)) {
    unlock();
    return opened;
  }
  const store = opened,
    timer = setInterval(() => store.commit(), COMMIT_MS).unref();
  return new DemoFilesystem(store, () => {
    clearInterval(timer);
    unlock();
  });
}

/** Node's own recursive mkdir never returns under /proc, where a folder can be neither found nor made (seen with 20.20). */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}

function begin(dir: string, options: DemoOptions, geometry: Geometry): Store | Problem {
  const layout = stripedLayout(options, geometry),
    id = randomUUID();
  if (isProblem(layout)) return layout;
  if (existsSync(join(dir, 'img0')))
    return problem('E_IMAGE', `${dir} has images without metadata`, 'Put the file "meta" back, or remove the images.');
  const images = Images.open(dir, geometry, id, true);
  if (isProblem(images)) return images;
  const volume = new Volume(geometry),
    now = options.now ?? systemClock;
  plant({ volume, now }, layout, options.owner);
  return start(dir, id, volume, images, now);
}

function reopen(dir: string, options: DemoOptions): Store | Problem {
  const saved = readJournal(dir);
  if (isProblem(saved)) return saved;
  const { geometry, id } = saved.header,
    { devices } = geometry,
    deviceBytes = geometry.deviceBlocks * geometry.blockSize;
  if ((options.devices ?? devices) !== devices || (options.deviceBytes ?? deviceBytes) !== deviceBytes)
    return problem(
      'E_GEOMETRY',
      `${dir} has ${devices} devices of ${deviceBytes} bytes`,
      'Leave out the number and size of devices, or give another folder.',
    );
  const layout = stripedLayout(options, geometry);
  if (isProblem(layout)) return layout;
  const volume = new Volume(geometry),
    wrong = replay(volume, saved.batches);
  if (wrong !== undefined)
    return problem(
      'E_METADATA',
      `the metadata of ${dir} does not hold together: ${wrong}`,
      'Restore the folder from a copy, or choose another.',
    );
  const images = Images.open(dir, geometry, id, false),
    now = options.now ?? systemClock;
  if (isProblem(images)) return images;
  if (options.chunk !== undefined || options.strips !== undefined) setStriped({ volume, now }, layout);
  return start(dir, id, volume, images, now);
}

/**
 * What is wrong, if anything. Files that were unlinked and still open when it ended go now; bytes past the end of a file were not
 * acknowledged, and a file that grows later must not show them.
 */
function replay(volume: Volume, batches: Parameters<Volume['apply']>[0][][]): string | undefined {
  try {
    for (const batch of batches) {
      for (const change of batch) volume.apply(change);
      volume.committed();
    }
    for (const inode of volume.inodes.values()) {
      const end = Number((inode.size + BigInt(volume.geometry.blockSize - 1)) / BigInt(volume.geometry.blockSize));
      if (isFile(inode)) volume.apply({ do: 'unwritten', ino: inode.ino, from: end, to: OPEN_END });
      dropIfGone({ volume }, inode);
    }
  } catch (error) {
    return (error as Error).message;
  }
  return fsck(volume)[0];
}

/** The checkpoint makes a new volume exist, and an old one forget its log. */
function start(dir: string, id: string, volume: Volume, images: Images, now: () => bigint): Store {
  try {
    const failed = images.sync();
    if (failed < 0) throw new Error(`${dir}: errno ${-failed}`);
    const journal = new Journal(dir, { id, geometry: volume.geometry }, volume.checkpoint());
    volume.begin(true);
    return new Store(volume, images, journal, now);
  } catch (error) {
    images.close();
    throw error;
  }
}

function geometryOf({ devices = DEVICES, deviceBytes = DEVICE_BYTES }: DemoOptions): Geometry | Problem {
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

function stripedLayout({ chunk = DEFAULT_CHUNK, strips }: DemoOptions, { blockSize, devices }: Geometry): Layout | Problem {
  const layout: Layout = { kind: 'interleave', chunk, strips: strips ?? Math.min(DEFAULT_STRIPS, devices) },
    wrong = layoutProblem(layout, blockSize, devices);
  return wrong === undefined
    ? layout
    : problem('E_LAYOUT', `"${printLayout(layout)}" is not possible here: ${wrong}`, 'Give another chunk size or number of strips.');
}
