import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findTracefs, mountTracefs, type Tracefs, unmountTracefs } from '../../host/index.ts';
import { note } from './record.ts';

/** What a test makes on this machine; `release` undoes it in the opposite order, also after a failure. */
export class Undo {
  private readonly acts: (() => unknown)[] = [];

  add(act: () => unknown): void {
    this.acts.push(act);
  }

  /** One that fails keeps none of the others from being undone. */
  async release(): Promise<void> {
    const failures: unknown[] = [];
    for (let act = this.acts.pop(); act; act = this.acts.pop())
      try {
        await act();
      } catch (error) {
        failures.push(error);
      }
    if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('; '));
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
    const path = realpathSync(mkdtempSync(join(tmpdir(), 'mapscope-tracing-'))),
      source = `mapscope-test-${process.pid}`;
    note(({ mounts, temp }) => ({
      mounts: [...mounts, { path, type: 'tracefs', source, device: null, fuseConnection: null }],
      temp: [...temp, path],
    }));
    this.add(async () => {
      await unmountTracefs(path, source);
      rmSync(path, { recursive: true, force: true });
      note(({ mounts, temp }) => ({ mounts: mounts.filter((mount) => mount.path !== path), temp: temp.filter((each) => each !== path) }));
    });
    return mountTracefs(path, source);
  }
}

/** Runs a program without a shell; answers what it says, trimmed. */
export const run = (command: string, ...args: string[]): string => execFileSync(command, args, { encoding: 'utf8', stdio: 'pipe' }).trim();

/**
 * Acts, each time anew, until it answers something; fails with `what` after twenty times. For what others end at any moment: bytes that wait for a place get
 * one, and pages are dirty no longer, when the flusher comes by or when somebody else's reclaim meets dirty pages, which has those of all filesystems
 * written back (fact: `wakeup_flusher_threads`, mm/vmscan.c).
 */
export async function undisturbed<T>(what: string, act: (time: number) => Promise<T | undefined>): Promise<T> {
  for (let time = 0; time < 20; time++) {
    const found = await act(time);
    if (found !== undefined) return found;
  }
  throw new Error(`not in 20 times: ${what}`);
}

/** Waits until `isSo`, and fails with `what` after ten seconds. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`not in 10 s: ${what}`);
    await sleep(5);
  }
}
