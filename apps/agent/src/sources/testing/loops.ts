import { existsSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mount, umount } from '@mapscope/native';
import { freeLoop } from '../../host/index.ts';
import { run as runProgram, type Undo } from './live.ts';
import { note } from './record.ts';

/* Filesystems on loop devices, for tests and benches; what is made is written down first (`record.ts`). */

const makers = {
  ext4: { program: 'mkfs.ext4', options: ['-q', '-F'], block: '-b', package: 'e2fsprogs' },
  xfs: { program: 'mkfs.xfs', options: ['-q', '-f', '-m', 'reflink=1,rmapbt=1'], block: '-bsize=', package: 'xfsprogs' },
  btrfs: { program: 'mkfs.btrfs', options: ['-q', '-f'], block: '-s', package: 'btrfs-progs' },
} as const;
export type OnLoop = keyof typeof makers;

export interface LoopOptions {
  /** Bytes; otherwise 4096. */
  readonly blockSize?: number;
  /** Of each device, bytes; the image is sparse. */
  readonly bytes?: number;
  readonly devices?: number;
  /** Further words for the program that makes it. */
  readonly make?: readonly string[];
  /** Mount options. */
  readonly mount?: string;
  /** The folder that the images are in; otherwise in memory, where there is some. */
  readonly within?: string;
}

export interface LoopMount {
  /** The first device. */
  readonly loop: string;
  readonly loops: readonly string[];
  readonly images: readonly string[];
  readonly at: string;
}

/** Why no filesystem of this type can be made and mounted here; undefined: it can. */
export function noLoop(type: OnLoop): string | undefined {
  const { program, package: name } = makers[type];
  if (process.getuid?.() !== 0) return 'not root';
  if (!existsSync('/dev/loop-control')) return 'no loop devices';
  return existsSync(`/usr/sbin/${program}`) || existsSync(`/sbin/${program}`) ? undefined : `no ${program}: apt-get install -y ${name}`;
}

/** A fresh filesystem on loop devices of its own: its bytes can be read, and nobody else uses it. */
export function mountLoop(undo: Undo, type: OnLoop, options: LoopOptions = {}): LoopMount {
  const { blockSize, bytes = 512 << 20, devices = 1, make = [] } = options,
    { program, options: words, block } = makers[type];
  const folder = ownTemp(undo, type, options.within),
    images = Array.from({ length: devices }, (_, i) => join(folder, `image${i}`)),
    at = join(folder, 'mnt');
  for (const image of images) {
    writeFileSync(image, '');
    truncateSync(image, bytes);
  }
  const loops = images.map((image) => attach(undo, image)),
    blocks = blockSize === undefined ? [] : block.endsWith('=') ? [`${block}${blockSize}`] : [block, String(blockSize)];
  runProgram(program, ...words, ...blocks, ...make, ...loops);
  mkdirSync(at);
  mountAt(undo, type, loops, at, options.mount ?? '');
  return { loop: loops[0]!, loops, images, at };
}

/** In memory where there is some: what a loop device does then is nobody else's I/O. */
function ownTemp(undo: Undo, name: string, within = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()): string {
  const folder = mkdtempSync(join(within, `mapscope-${name}-`));
  note(({ temp }) => ({ temp: [...temp, folder] }));
  undo.add(() => {
    rmSync(folder, { recursive: true, force: true });
    note(({ temp }) => ({ temp: temp.filter((path) => path !== folder) }));
  });
  return folder;
}

function attach(undo: Undo, backing: string): string {
  note(({ loops }) => ({ loops: [...loops, { device: null, backing }] }));
  const device = runProgram('losetup', '-f', '--show', backing);
  undo.add(async () => {
    if ((await freeLoop(device, backing)) === 'used') throw new Error(`${device} is still in use`);
    note(({ loops }) => ({ loops: loops.filter((loop) => loop.backing !== backing) }));
  });
  return device;
}

function mountAt(undo: Undo, type: OnLoop, loops: readonly string[], path: string, options: string): void {
  note(({ mounts }) => ({ mounts: [...mounts, { path, type, source: loops[0]!, device: null, fuseConnection: null }] }));
  const all = [...(type === 'btrfs' ? loops.map((loop) => `device=${loop}`) : []), options].filter(Boolean).join(','),
    result = mount(loops[0]!, path, type, 0, all);
  if (result < 0) throw new Error(`mount of ${loops.join(' ')}: errno ${-result}`);
  undo.add(() => {
    if (umount(path) < 0) umount(path, { detach: true });
    note(({ mounts }) => ({ mounts: mounts.filter((mount) => mount.path !== path) }));
  });
}
