import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { flock } from '@mapscope/native';
import { isProblem, problem } from '@mapscope/shared/units';
import { errnoName } from '@mapscope/shared/wire';
import type { Problem } from '@mapscope/shared/units';
import type { Change } from './change.ts';
import { DemoFilesystem } from './demo-filesystem.ts';
import { keepFolder } from './folders.ts';
import { fsck } from './fsck.ts';
import { Images } from './images.ts';
import { isFile } from './inode.ts';
import { hasJournal, Journal, readJournal } from './journal.ts';
import { dropIfGone } from './names.ts';
import type { DemoOptions } from './options.ts';
import { geometryOf, stripedLayout, systemClock } from './options.ts';
import { plant, setStriped } from './plant.ts';
import { OPEN_END } from './run-map.ts';
import { Store } from './store.ts';
import { Volume } from './volume.ts';

/** What nobody asked fsync for is on disk after this long, as with other filesystems. */
const COMMIT_MS = 5000;

/** A volume in a folder of its own. Throws what Node throws. One process a folder: the lock ends with its descriptor, also by SIGKILL. */
export function openKept(dir: string, options: DemoOptions): DemoFilesystem | Problem {
  keepFolder(dir);
  const lock = openSync(join(dir, 'lock'), 'a', 0o600),
    unlock = (): void => closeSync(lock);
  let store: Store | Problem;
  try {
    if (flock(lock, 'exclusive') < 0)
      store = problem('E_DIR_BUSY', `${dir} is in use by another mapscope`, 'Stop it with "mapscope stop", or give another folder.');
    else store = hasJournal(dir) ? reopen(dir, options) : begin(dir, options);
  } catch (error) {
    unlock();
    throw error;
  }
  if (isProblem(store)) {
    unlock();
    return store;
  }
  const timer = setInterval((kept: Store) => kept.commit(), COMMIT_MS, store).unref();
  return new DemoFilesystem(store, () => {
    clearInterval(timer);
    unlock();
  });
}

function begin(dir: string, options: DemoOptions): Store | Problem {
  const geometry = geometryOf(options);
  if (isProblem(geometry)) return geometry;
  const layout = stripedLayout(options, geometry),
    now = options.now ?? systemClock,
    id = randomUUID();
  if (isProblem(layout)) return layout;
  if (existsSync(join(dir, 'img0')))
    return problem('E_IMAGE', `${dir} has images without metadata`, 'Put the file "meta" back, or remove the images.');
  const volume = new Volume(geometry),
    images = Images.create(dir, geometry, id);
  plant({ volume, now }, layout);
  try {
    return start(dir, id, volume, images, now);
  } catch (error) {
    // Without metadata they are no volume, and would be in the way of the next try.
    for (const { path } of images.devices) rmSync(path, { force: true });
    throw error;
  }
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
  const layout = stripedLayout(options, geometry),
    now = options.now ?? systemClock;
  if (isProblem(layout)) return layout;
  const volume = new Volume(geometry),
    wrong = replay(volume, saved.batches);
  if (wrong !== undefined)
    return problem(
      'E_METADATA',
      `the metadata of ${dir} does not hold together: ${wrong}`,
      'Restore the folder from a copy, or choose another.',
    );
  const images = Images.open(dir, geometry, id);
  if (isProblem(images)) return images;
  if (options.chunk !== undefined || options.strips !== undefined) setStriped({ volume, now }, layout);
  return start(dir, id, volume, images, now);
}

/**
 * What is wrong, if anything. Files that were unlinked and still open when it ended go now; bytes past the end of a file were not
 * acknowledged, and a file that grows later must not show them.
 */
function replay(volume: Volume, batches: readonly (readonly Change[])[]): string | undefined {
  const blockSize = BigInt(volume.geometry.blockSize);
  try {
    for (const batch of batches) {
      for (const change of batch) volume.apply(change);
      volume.committed();
    }
    for (const inode of volume.inodes.values()) {
      if (isFile(inode))
        volume.apply({ do: 'unwritten', ino: inode.ino, from: Number((inode.size + blockSize - 1n) / blockSize), to: OPEN_END });
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
    if (failed < 0) throw new Error(`${errnoName(failed)}: the images cannot be synced`);
    const journal = new Journal(dir, { id, geometry: volume.geometry }, volume.checkpoint());
    volume.begin(true);
    return new Store(volume, images, journal, now);
  } catch (error) {
    images.close();
    throw error;
  }
}
