import { existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRun, ownFolder, releaseDead, type Run, type RunRecord } from '../../host/index.ts';

/*
 * What tests and benches make on the machine is in a run record before it is made, as with a run of mapscope: whoever begins next releases what a killed process has
 * left. The records are in a folder of their own, so that no real run and no test of runs meets them: `MAPSCOPE_RUNTIME_DIR=… npx mapscope cleanup` releases them too.
 */
const runtimeDir = process.env['MAPSCOPE_TEST_RECORDS'] ?? join(tmpdir(), `mapscope-tests-${process.getuid?.() ?? 0}`);
if (process.getuid?.() === 0 && existsSync(runtimeDir)) await releaseDead(runtimeDir);

let run: Run | undefined;
/** Changes what this process has made and not yet undone. */
export function note(change: (record: RunRecord) => Partial<RunRecord>): void {
  if (!run) {
    ownFolder(runtimeDir, process.getuid!(), 'TMPDIR');
    const begun = (run = createRun(runtimeDir, ['test'], process.getuid!()));
    process.on('exit', () => {
      const { mounts, loops, temp } = begun.record();
      if (mounts.length + loops.length + temp.length === 0) rmSync(begun.folder, { recursive: true, force: true });
    });
  }
  run.note(change(run.record()));
}
