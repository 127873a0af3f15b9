import { closeSync, existsSync, fstatSync, ftruncateSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { DeviceInfo } from '@mapscope/fuse';
import { fallocate, fdatasync, pread, pwrite } from '@mapscope/native';
import { problem } from '@mapscope/shared/units';
import type { Problem } from '@mapscope/shared/units';
import { Errno } from '@mapscope/shared/wire';
import type { Geometry } from './volume.ts';

const PUNCH_HOLE_KEEP_SIZE = 3;

/** What an image says of itself in its first block, so that images of two folders, or in a wrong order, are never taken for one volume. */
const label = (id: string, index: number): Buffer => Buffer.from(`mapscope demo device ${index} of volume ${id}\n`);

/** The image files that are the devices. Addresses are blocks; I/O answers bytes or a negative errno. */
export class Images {
  readonly devices: readonly DeviceInfo[];
  readonly #blockSize: number;
  /** Written since their last sync. */
  readonly #dirty = new Set<number>();

  /**
   * Opens the images of `folder`, making sparse ones where `isNew`. Throws what Node throws for files that can not be opened or made;
   * images that are not of this volume are a problem.
   */
  static open(folder: string, geometry: Geometry, id: string, isNew: boolean): Images | Problem {
    const size = geometry.deviceBlocks * geometry.blockSize,
      devices: DeviceInfo[] = [];
    const refuse = (path: string, why: string): Problem => {
      for (const { fd } of devices) closeSync(fd);
      return problem('E_IMAGE', `${path} ${why}`, 'Put the image that belongs there back, or choose another folder.');
    };
    for (let i = 0; i < geometry.devices; i++) {
      const path = join(folder, `img${i}`);
      if (!isNew && !existsSync(path)) return refuse(path, 'is missing');
      const fd = openSync(path, isNew ? 'wx+' : 'r+', 0o600);
      devices.push({ cookie: i + 1, path, size: BigInt(size), fd, blockSize: geometry.blockSize });
      const mine = label(id, i),
        found = Buffer.alloc(mine.length);
      if (isNew) {
        ftruncateSync(fd, size);
        pwrite(fd, mine, 0, mine.length, 0n);
      } else if (fstatSync(fd).size !== size) return refuse(path, `has ${fstatSync(fd).size} bytes instead of ${size}`);
      else if (pread(fd, found, 0, found.length, 0n) !== found.length || !found.equals(mine))
        return refuse(path, 'is no image of this volume');
    }
    return new Images(devices, geometry.blockSize);
  }

  private constructor(devices: readonly DeviceInfo[], blockSize: number) {
    this.devices = devices;
    this.#blockSize = blockSize;
  }

  read(device: number, block: number, into: Uint8Array): number {
    return pread(this.#device(device).fd, into, 0, into.length, BigInt(block) * BigInt(this.#blockSize));
  }

  write(device: number, block: number, bytes: Uint8Array): number {
    this.touch(device);
    const done = pwrite(this.#device(device).fd, bytes, 0, bytes.length, BigInt(block) * BigInt(this.#blockSize));
    return done >= 0 && done < bytes.length ? -Errno.EIO : done;
  }

  /** Somebody wrote to it. */
  touch(device: number): void {
    this.#dirty.add(device);
  }

  /** What was written is on the devices when this answers 0. */
  sync(): number {
    for (const device of this.#dirty) {
      const failed = fdatasync(this.#device(device).fd);
      if (failed < 0) return failed;
      this.#dirty.delete(device);
    }
    return 0;
  }

  /** Let the host have the storage under blocks that nobody owns; what it says does not matter. */
  discard(device: number, from: number, to: number): void {
    const size = BigInt(this.#blockSize);
    fallocate(this.#device(device).fd, PUNCH_HOLE_KEEP_SIZE, BigInt(from) * size, BigInt(to - from) * size);
  }

  close(): void {
    for (const { fd } of this.devices) closeSync(fd);
  }

  #device(index: number): DeviceInfo {
    const device = this.devices[index];
    if (!device) throw new RangeError(`there is no device ${index}`);
    return device;
  }
}
