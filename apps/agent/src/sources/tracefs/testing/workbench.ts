import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Undo } from '../../testing/live.ts';

/** Of which version of cgroups a folder with a memory controller is; v1 takes back all that it can, v2 so much as it is told. */
const memory = [
  { folder: '/sys/fs/cgroup/memory', needs: 'memory.force_empty', ask: 'memory.force_empty', words: '0' },
  { folder: '/sys/fs/cgroup', needs: 'memory.reclaim', ask: 'memory.reclaim', words: '256M' },
] as const;

/** Why random work cannot be done here; undefined: it can. */
export const noWork = (): string | undefined =>
  ['gcc', 'xfs_io']
    .filter((name) => !['/usr/bin', '/usr/sbin', '/bin', '/sbin'].some((folder) => existsSync(join(folder, name))))
    .map((name) => `no ${name}`)[0];

/** Runs the programs of a workload in a memory cgroup of their own, where there is such a thing. */
export class Workbench {
  /** The program that does what xfs_io cannot. */
  readonly acts: string;
  private readonly image: string | undefined;
  private readonly group: { readonly path: string; readonly ask: string; readonly words: string } | undefined;

  /** `image`: of the device, on an ext4, when it is to answer EIO at times. */
  constructor(undo: Undo, image?: string) {
    this.image = image;
    this.acts = join(undo.folder('acts'), 'acts');
    execFileSync('gcc', ['-O1', '-o', this.acts, join(import.meta.dirname, 'acts.c')]);
    for (const { folder, needs, ask, words } of memory) {
      const path = join(folder, `mapscope-test-${process.pid}-${Math.random().toString(36).slice(2, 8)}`);
      if (this.group || !existsSync(folder)) continue;
      try {
        mkdirSync(path);
      } catch {
        continue;
      }
      undo.add(() => rmdirSync(path));
      if (existsSync(join(path, needs))) this.group = { path, ask, words };
    }
  }

  /** Pages that the work has charged can be taken back. */
  get canReclaim(): boolean {
    return this.group !== undefined;
  }

  /** Resolves when the program has ended, however it did. */
  run(program: string, words: readonly string[], input: string, cwd: string): Promise<void> {
    const { group } = this,
      // The shell goes into the group, and becomes the program.
      enter = 'echo 0 > "$0"/cgroup.procs; exec "$@"',
      [command, ...args] = group ? ['sh', '-c', enter, group.path, program, ...words] : [program, ...words];
    return new Promise((done) => {
      const child = execFile(command!, args, { cwd }, () => done());
      // One that ends without reading is none the worse for it.
      child.stdin?.on('error', () => undefined).end(input);
    });
  }

  /**
   * Takes back what pages it can; what is dirty is written first, or stays. Reclaim that meets dirty pages alone has those of all filesystems written
   * (shrink_inactive_list, mm/vmscan.c), also of other tests: only in the long run, where there is time to do those again, does it meet them.
   */
  async reclaim(folder: string): Promise<void> {
    if (!this.group) return;
    if (process.env['MAPSCOPE_LONG'] !== '1') await this.sync(folder);
    try {
      writeFileSync(join(this.group.path, this.group.ask), this.group.words);
    } catch {
      // Less than was asked for could be taken: that is an outcome.
    }
  }

  /**
   * Whatever is written to the device meanwhile fails: ext4 refuses writes to a file that nobody may change, also those of a loop device, which answers EIO to
   * what it does not know. Facts: ext4_generic_write_checks, fs/ext4/file.c; errno_to_blk_status, block/blk-core.c.
   */
  async whileFailing(folder: string, act: () => Promise<void>): Promise<void> {
    const { image } = this;
    if (image === undefined) return;
    // Neither the journal nor what is left from before must fail with it.
    await this.sync(folder);
    execFileSync('chattr', ['+i', image]);
    try {
      await act();
    } finally {
      execFileSync('chattr', ['-i', image]);
    }
  }

  private sync(folder: string): Promise<void> {
    return this.run('sync', ['-f', folder], '', '/');
  }
}
