import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { isProblem, problem } from '@mapscope/shared/units';
import type { Problem } from '@mapscope/shared/units';
import { roomFor, sayError } from '../host/index.ts';
import { DemoFilesystem } from './demo-filesystem.ts';
import { Images } from './images.ts';
import { openKept } from './kept.ts';
import type { DemoOptions } from './options.ts';
import { geometryOf, stripedLayout, systemClock } from './options.ts';
import { plant } from './plant.ts';
import { Store } from './store.ts';
import { Volume } from './volume.ts';

/**
 * Opens the demo filesystem, or says why it can not be. With `dir` everything that fsync acknowledged is there again, however the last
 * process ended; `destroy` ends it. Never open a folder that lies on the mount which it serves (spec/live-facts.md 1).
 */
export function openDemo(options: DemoOptions = {}): DemoFilesystem | Problem {
  try {
    return options.dir === undefined ? openTemporary(options) : openKept(resolve(options.dir), options);
  } catch (error) {
    return options.dir === undefined
      ? problem('E_TEMP', `the images cannot be made: ${sayError(error)}`, 'Make space in the temporary folder, or give one with --dir.')
      : problem(
          'E_DIR',
          `${options.dir} cannot keep the images: ${sayError(error)}`,
          'Give a folder that can be written, with space in it.',
        );
  }
}

function openTemporary(options: DemoOptions): DemoFilesystem | Problem {
  const geometry = geometryOf(options);
  if (isProblem(geometry)) return geometry;
  const layout = stripedLayout(options, geometry);
  if (isProblem(layout)) return layout;
  const { devices, deviceBlocks, blockSize } = geometry;
  const folder = options.temp ?? mkdtempSync(join(roomFor(devices * deviceBlocks * blockSize, tmpdir()), 'mapscope-demo-'));
  const remove = (): void => {
    if (options.temp === undefined) rmSync(folder, { recursive: true, force: true });
  };
  try {
    const volume = new Volume(geometry),
      images = Images.create(folder, geometry, randomUUID());
    const store = new Store(volume, images, undefined, options.now ?? systemClock);
    plant(store, layout);
    volume.begin(false);
    return new DemoFilesystem(store, remove);
  } catch (error) {
    remove();
    throw error;
  }
}
