import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
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

  folder(name: string): string {
    const path = realpathSync(mkdtempSync(join(tmpdir(), `mapscope-${name}-`)));
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

/** Waits until `isSo`, and fails with `what` after ten seconds. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`not in 10 s: ${what}`);
    await sleep(5);
  }
}
