import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs';
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

const imageOf = (folder: string, index: number): string => join(folder, `img${index}`);

/** The image files that are the devices. Addresses are blocks; I/O answers bytes or a negative errno. */
export class Images {
  readonly devices: readonly DeviceInfo[];
  readonly #blockSize: number;
  /** Written since their last sync. */
  readonly #dirty = new Set<number>();
  /** Of the first sync that failed. What it lost is not known, and the kernel tells it once: from then on nothing can be promised. */
  #broken = 0;

  /** New sparse images. Throws what Node throws where they can not be made, or are there; none of them is left then. */
  static create(folder: string, geometry: Geometry, id: string): Images {
    const fds: number[] = [],
      size = geometry.deviceBlocks * geometry.blockSize;
    try {
      for (let i = 0; i < geometry.devices; i++) {
        fds.push(openSync(imageOf(folder, i), 'wx+', 0o600));
        ftruncateSync(fds[i]!, size);
        writeSync(fds[i]!, label(id, i));
      }
    } catch (error) {
      for (const [i, fd] of fds.entries()) {
        closeSync(fd);
        rmSync(imageOf(folder, i), { force: true });
      }
      throw error;
    }
    const images = new Images(folder, geometry, fds);
    for (const i of fds.keys()) images.touch(i);
    return images;
  }

  /** Those that are there; a problem if they are not this volume's. Throws what Node throws where they can not be opened. */
  static open(folder: string, geometry: Geometry, id: string): Images | Problem {
    const fds: number[] = [],
      size = geometry.deviceBlocks * geometry.blockSize;
    const refuse = (i: number, why: string): Problem => {
      for (const fd of fds) closeSync(fd);
      return problem('E_IMAGE', `${imageOf(folder, i)} ${why}`, 'Put the image that belongs there back, or choose another folder.');
    };
    for (let i = 0; i < geometry.devices; i++) {
      if (!existsSync(imageOf(folder, i))) return refuse(i, 'is missing');
      const fd = openSync(imageOf(folder, i), 'r+'),
        found = fstatSync(fd).size,
        mine = label(id, i),
        first = Buffer.alloc(mine.length);
      fds.push(fd);
      if (found !== size) return refuse(i, `has ${found} bytes instead of ${size}`);
      if (pread(fd, first, 0, first.length, 0n) !== first.length || !first.equals(mine)) return refuse(i, 'is no image of this volume');
    }
    return new Images(folder, geometry, fds);
  }

  private constructor(folder: string, { blockSize, deviceBlocks }: Geometry, fds: readonly number[]) {
    const size = BigInt(deviceBlocks) * BigInt(blockSize);
    this.devices = fds.map((fd, i) => ({ cookie: i + 1, path: imageOf(folder, i), size, fd, blockSize }));
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
      if (failed < 0) this.#broken ||= failed;
      this.#dirty.delete(device);
    }
    return this.#broken;
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
