import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { mount, umount } from '@mapscope/native';
import { findTracefs, mountTracefs, type Tracefs, unmountTracefs } from '../../host/index.ts';

/** What a test makes on this machine; `release` undoes it in the opposite order, also after a failure. */
export class Undo {
  private readonly acts: (() => unknown)[] = [];

  add(act: () => unknown): void {
    this.acts.push(act);
  }

  async release(): Promise<void> {
    for (let act = this.acts.pop(); act; act = this.acts.pop()) await act();
  }

  folder(name: string, within = tmpdir()): string {
    const path = realpathSync(mkdtempSync(join(within, `mapscope-${name}-`)));
    this.add(() => rmSync(path, { recursive: true, force: true }));
    return path;
  }

  /** tracefs where it is mounted, or one of our own for the test. */
  async tracefs(): Promise<Tracefs> {
    const found = await findTracefs(process.getuid?.() ?? -1);
    if (found.path !== null || process.getuid?.() !== 0) return found;
    const path = this.folder('tracing'),
      source = `mapscope-test-${process.pid}`,
      mounted = mountTracefs(path, source);
    if (mounted.path !== null) this.add(() => unmountTracefs(path, source));
    return mounted;
  }
}

/** Runs a program without a shell; answers what it says, trimmed. */
export const run = (command: string, ...args: string[]): string => execFileSync(command, args, { encoding: 'utf8', stdio: 'pipe' }).trim();

const makers = { ext4: ['mkfs.ext4', '-q', '-F'], xfs: ['mkfs.xfs', '-q', '-f', '-m', 'reflink=1'] } as const;
export type OnLoop = keyof typeof makers;

/** Why no filesystem of this type can be made and mounted here; undefined: it can. */
export function noLoop(type: OnLoop): string | undefined {
  const [maker] = makers[type];
  if (process.getuid?.() !== 0) return 'not root';
  if (!existsSync('/dev/loop-control')) return 'no loop devices';
  return existsSync(`/usr/sbin/${maker}`) ? undefined : `no ${maker}`;
}

/** A fresh filesystem on a loop device of its own: its bytes can be read, and nobody else uses it. */
export function mountLoop(undo: Undo, type: OnLoop): { readonly loop: string; readonly at: string } {
  const folder = undo.folder(type),
    image = join(folder, 'image'),
    at = join(folder, 'mnt'),
    [maker, ...options] = makers[type];
  writeFileSync(image, '');
  truncateSync(image, 512 << 20);
  run(maker, ...options, image);
  const loop = run('losetup', '-f', '--show', image);
  undo.add(() => run('losetup', '-d', loop));
  mkdirSync(at);
  const result = mount(loop, at, type, 0, '');
  if (result < 0) throw new Error(`mount of ${loop}: errno ${-result}`);
  undo.add(() => umount(at) < 0 && umount(at, { detach: true }));
  return { loop, at };
}

/** Waits until `isSo`, and fails with `what` after ten seconds. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`not in 10 s: ${what}`);
    await sleep(5);
  }
}
