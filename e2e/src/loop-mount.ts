import { existsSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRoot, run } from './agent.ts';

const makers = { xfs: ['mkfs.xfs', '-q'], ext4: ['mkfs.ext4', '-q', '-F'], btrfs: ['mkfs.btrfs', '-q'] } as const;
export type OnLoop = keyof typeof makers;

/** Why no filesystem of this type can be made and mounted here; undefined: it can. */
export const noLoop = (type: OnLoop): string | undefined =>
  !isRoot
    ? 'a filesystem on a loop device takes root'
    : !existsSync('/dev/loop-control')
      ? 'no loop devices on this machine'
      : existsSync(`/usr/sbin/${makers[type][0]}`)
        ? undefined
        : `${makers[type][0]} is not installed`;

/** A fresh filesystem of 512 MiB on a loop device that goes with its mount. */
export class LoopMount {
  readonly at: string;
  private readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.at = join(folder, 'mnt');
  }

  static async make(type: OnLoop): Promise<LoopMount> {
    const mount = new LoopMount(mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'mapscope-e2e-loop-'))),
      image = join(mount.folder, 'image'),
      [program, ...words] = makers[type];
    writeFileSync(image, '');
    truncateSync(image, 512 << 20);
    mkdirSync(mount.at);
    for (const [command, ...args] of [
      [program, ...words, image],
      ['mount', '-o', 'loop', image, mount.at],
    ]) {
      const ended = await run(command!, args);
      if (ended.code === 0) continue;
      await mount.remove();
      throw new Error(`${command} ${args.join(' ')}: ${ended.stderr}`);
    }
    return mount;
  }

  /** Unmounts it, whoever stands in it, and removes the image. */
  async remove(): Promise<void> {
    await run('umount', ['-l', this.at]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
